"""From the percent files in `solutions/` to the notebooks that students get, with the proof that they are right."""
