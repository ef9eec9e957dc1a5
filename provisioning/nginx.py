"""What every nginx site of ours shares: how it ends TLS, and what may stand in its file.

Not here: the sites themselves (`centre.nginx`, `counter.site`).
Source: ngx_http_ssl_module, ngx_http_core_module.
"""

from __future__ import annotations

import re
from pathlib import Path

from provisioning.errors import OfficeInputInvalid

TLS = """\
  ssl_certificate {certificate};
  ssl_certificate_key {key};
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_session_tickets off;
  server_tokens off;
  underscores_in_headers off;
"""
"""To be filled with the paths `certificate` and `key`. Headers with an underscore, which WSGI could
not tell from ours with a hyphen, are dropped."""

_PATH = re.compile(r"/[A-Za-z0-9_./@+-]+")


def check_paths(*paths: Path) -> None:
    """Raise OfficeInputInvalid for a path that would not stand safely in the file."""
    for path in paths:
        if not _PATH.fullmatch(str(path)):
            raise OfficeInputInvalid(
                f"{path} cannot stand in nginx's configuration.",
                next_step="Give absolute paths of letters, digits and ./_-+@ only.",
            )
