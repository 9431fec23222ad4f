"""Files that are sent: no more of one is kept than is ever read."""

from django.core.files.uploadhandler import FileUploadHandler

LARGEST = 10 * 1024 * 1024  # bytes


class BoundedUpload(FileUploadHandler):
    """Let a file through to a little past the limit, which tells that it is too large, and drop the rest."""

    def receive_data_chunk(self, raw_data, start):
        """Return what the next handler keeps, or None."""
        return raw_data if start <= LARGEST else None

    def file_complete(self, file_size):
        """Leave the file to the handlers that keep it."""
