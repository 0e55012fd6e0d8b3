"""What the widgets of the course tell the page: names of controls, live regions, and what is seen without a kernel.

Text for a browser only; what makes ipywidgets and outputs puts it into them.
"""

import html

FULL = "calc(100% - 4px)"
"""The width of the box: ipywidgets leaves 2 px on each side of what is in it, and what is wider gets a scroll bar."""

WIRING = """
const box = this.closest('.widget-vbox');
const icons = {'fa-play': 'Play', 'fa-pause': 'Pause', 'fa-stop': 'Back to the start', 'fa-retweet': 'Repeat'};
const set = (part, values) => Object.entries(values).forEach(([name, value]) => part?.setAttribute(name, value));
const wire = () => {
    for (const part of box.querySelectorAll('[role=slider], [contenteditable], select, button, input'))
        set(part, {'data-lm-suppress-shortcuts': 'true'});
    for (const slider of box.querySelectorAll('.widget-slider')) {
        const name = slider.querySelector('.widget-label').textContent;
        set(slider.querySelector('[role=slider]'), {'aria-label': name});
        set(slider.querySelector('.widget-readout'), {'role': 'textbox', 'aria-label': `${name}, as a number`});
    }
    for (const icon of box.querySelectorAll('.widget-play .fa'))
        for (const kind of icon.classList)
            if (kind in icons) set(icon.closest('button'), {'aria-label': icons[kind], 'title': icons[kind]});
    const status = box.querySelector('[role=status]');
    if (!status) return;
    status.parentElement.firstElementChild.hidden = !box.classList.contains('jupyter-widgets-disconnected');
    set(status.parentElement, {'aria-live': 'polite'});
    const lines = [...status.children].map((line) => line.textContent.trim()).filter(Boolean);
    set(box.querySelector('img'), {'alt': lines.join(' ')});
    const question = status.dataset.question;
    if (!question) return;
    set(box.querySelector('.widget-radio-box'), {'role': 'radiogroup', 'aria-label': question});
    set(box.querySelector('.widget-text input'), {'aria-label': question});
};
wire();
new MutationObserver(wire).observe(box, {childList: true, subtree: true, attributeFilter: ['class']});
"""
"""What the page has to do, as ipywidgets has no way to ask for it: give every control a name and the picture its alt
text, make the readout a region that stays and is spoken, say there when the kernel is another one, and keep the keys of
a focused control from the shortcuts of the notebook (Notebook 7 takes arrow keys away from every slider, JupyterLab
from every list of choices). It is run by the style element of `wiring`; a page that forbids that shows the widget all
the same.
"""

NOTICE = ' style="background: #fff1cc; color: #4d3800; font-weight: 600; line-height: 1.5"'
"""The colours of a note on light pages and on dark ones."""

REACHED = ' style="background: #dff3e3; color: #0b4f1c; font-weight: 600"'
"""The colours of what was reached or is right, on light pages and on dark ones."""

LOST = "> * > .jp-OutputArea-output.jupyter-widgets"
"""Seen from the outputs of a cell, the error that JupyterLab and Notebook 7 write for a widget whose kernel is gone;
they mark that output with the class.
"""


def wiring() -> object:
    """The hidden widget that runs `WIRING` in its box."""
    import ipywidgets

    style = f'<style onload="{html.escape(WIRING)}"></style>'
    return ipywidgets.HTML(style, layout=ipywidgets.Layout(display="none"))


def live_html(restarted: str, readout: str) -> str:
    """A readout with a live region, below what the page shows once the kernel is another one."""
    return f"<div hidden{NOTICE}>{restarted}</div>{readout}"
