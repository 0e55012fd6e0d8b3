"""Plain data between the examiner and the sandbox: what may cross, how it is framed, and the limits.

Nothing here knows about notebooks. Both ends use it; the trusted end treats every byte that arrives as hostile.
"""

from .channel import Channel, ChannelClosed, DeadlineExceeded, FrameTooLong
from .codec import OUTPUT, Codec, WireLimits
from .contents import BUILTIN_ERRORS, WARNING_CATEGORIES, TooLarge, WireError

__all__ = [
    "BUILTIN_ERRORS",
    "OUTPUT",
    "WARNING_CATEGORIES",
    "Channel",
    "ChannelClosed",
    "Codec",
    "DeadlineExceeded",
    "FrameTooLong",
    "TooLarge",
    "WireError",
    "WireLimits",
]
