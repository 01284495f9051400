"""Every level at which something can be followed. A level that is named here has all its addresses."""

from .scopes import COMMITMENT, INSTITUTION, MEMBER, PLAN, SITE, THEME, Level
from .search_scope import SEARCH

LEVELS: dict[str, Level] = {level.name: level for level in (SITE, MEMBER, PLAN, THEME, INSTITUTION, COMMITMENT, SEARCH)}
