"""What pyproject.toml cannot say: an editable installation has the data files too.

setuptools copies them into a wheel; for ``pip install -e .`` it asks ``has_data``, which its Distribution lacks.
"""

from setuptools import Distribution, setup


class WithDataFiles(Distribution):
    """Answers the question that an editable installation asks."""

    def has_data(self) -> bool:
        """Tell whether there are data files."""
        return bool(self.data_files)


setup(distclass=WithDataFiles)
