"""Every number that bounds what visitors of the studio can ask for."""

from __future__ import annotations

BODY_BYTES = 32 * 2**20  # of a request
BODY_SECONDS = 60  # until a request has arrived whole
SOURCE_PIXELS = 40_000_000  # of a picture that is encoded, or compared with
PAINTED_PIXELS = 16_000_000  # of a picture that is painted
EDITS = 500  # of one request
VALUE_CHARS = 200_000  # of one value of an edit
ROI_CHARS = 4096  # of the regions of interest of a picture
FILES = 256  # beside the one that is edited, or in an archive
QUICK_SECONDS = 60  # of work by what ships in the package
LONG_SECONDS = 1800  # of a decode by another decoder
GRACE_SECONDS = 3  # that quick work may go on after its visitor has left; ending it at once would cost others more
WAITING = 32  # requests that work or wait at once; more are told to come again
WAITING_EACH = 8  # of them from one visitor
JOBS = 256  # long decodes whose progress is known
FOLDER_FILES = 10_000  # of a folder that the studio is opened with
FOLDER_BYTES = 64 * 2**20  # of one file of it
