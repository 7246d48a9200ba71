"""Who a browser is signed in as, by what the provider said of them."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from labeller.records import Actor

# What tells one sign-in from another, of one person too.
_OF_A_SESSION = ("iss", "sub", "iat", "nonce", "at_hash", "jti", "sid")


def actor_of(claims: Mapping[str, Any], hours: float) -> Actor | None:
    """The person of a token's claims, for so many hours from its issue; None for nobody.

    They are known by their address in small letters, else by the provider's own number for them
    (`sub`): a name is what anybody calls themselves, and an address that the provider says it did
    not verify is no better.
    """
    if not claims.get("is_logged_in"):
        return None
    verified = str(claims.get("email_verified", True)).lower() != "false"
    name = (claims.get("email") if verified else None) or claims.get("sub")
    try:
        issued = float(claims.get("iat") or 0)
    except (TypeError, ValueError):
        return None
    if not name or not issued:
        return None
    told = json.dumps([str(claims.get(key, "")) for key in _OF_A_SESSION])
    digest = hashlib.sha256(told.encode()).hexdigest()
    return Actor(str(name).strip().lower(), session=digest, until=issued + 3600 * hours)


def claims_of(cookies: Mapping[str, str], origin: str) -> dict[str, Any]:
    """What Streamlit signed into the cookies of a browser at that origin; nothing where they are
    absent, forged or of another origin.

    For requests that reach no page: in a page it is `st.user`. These are functions of Streamlit's
    own, since it has no public ones; the tests of the published server hold them.
    """
    from streamlit.auth_util import get_cookie_with_chunks
    from streamlit.web.server.server_util import get_cookie_secret
    from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value

    def signed(name: str) -> bytes | None:
        value = cookies.get(name)
        return decode_signed_value(get_cookie_secret(), name, value) if value else None

    content = get_cookie_with_chunks(signed, "_streamlit_user")
    try:
        claims = json.loads(content) if content else {}
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) and claims.get("origin") == origin else {}
