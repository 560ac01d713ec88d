"""Where samples come from: the digits carried, folders of images, IDX and npz files.

For others: what stands below, opening, splitting, class_folders, pictures.
Uses: errors, network.
"""

from diagnose.data.loading import carried, load, write_jpegs
from diagnose.data.splitting import subset
from diagnose.network.samples import Data

__all__ = ["Data", "carried", "load", "subset", "write_jpegs"]
