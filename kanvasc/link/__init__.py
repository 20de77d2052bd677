"""From one file to the program that it is with all files it uses."""

from kanvasc.link.reader import Disk, Reader, Unreadable
from kanvasc.link.sources import Sources
from kanvasc.link.units import Unit, Use, link, sound_units

__all__ = ["Disk", "Reader", "Sources", "Unit", "Unreadable", "Use", "link", "sound_units"]
