"""The studies by name."""

import difflib
import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from corpuscle.studies.study import Study


@dataclass(frozen=True, slots=True)
class Studies(Mapping[str, Study]):
    """Studies by name, each imported when it is first asked for."""

    entries: Mapping[str, str]

    def __getitem__(self, name: str) -> Study:
        """Import the study of a name.

        Raises: ValueError, when none has that name; the message says which there are.
        """
        if name not in self.entries:
            near = difflib.get_close_matches(name, self.entries, n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            message = f"no study {name!r}; there are {', '.join(self.entries)}{hint}"
            raise ValueError(message)
        module, _, attribute = self.entries[name].partition(":")
        found: Study = getattr(importlib.import_module(module), attribute)
        return found

    def __contains__(self, name: object) -> bool:
        return name in self.entries

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


STUDIES = Studies(
    {
        "mishra2024-fig2a": "corpuscle.studies.mishra2024:FIG2A",
        "mishra2024-fig2b": "corpuscle.studies.mishra2024:FIG2B",
        "mishra2024-fig2c": "corpuscle.studies.mishra2024:FIG2C",
        "mishra2024-fig3": "corpuscle.studies.mishra2024:FIG3",
        "mishra2024-fig4": "corpuscle.studies.mishra2024:FIG4",
        "mishra2024-fig5": "corpuscle.studies.mishra2024:FIG5",
        "mishra2024-fig6": "corpuscle.studies.mishra2024:FIG6",
    }
)
