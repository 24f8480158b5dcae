"""
The interactive documentation of a service, without any other server.

FastAPI's page loads Swagger UI from another host. Here the files come from the package
fastapi-offline, and every address is relative: the page works offline, and behind a proxy that
serves it under a prefix, such as JupyterHub's ``/user/x/proxy/8001/docs``.

Floor 2: knows FastAPI.
"""

import base64
import hashlib
import re
from pathlib import Path

import fastapi_offline
from fastapi import APIRouter, HTTPException, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse

from labkit.services.routes import PUBLIC

ASSETS = ("favicon.png", "swagger-ui-bundle.js", "swagger-ui.css")
RELATIVE_SERVER = {"url": ".", "description": "Where this document came from."}
"""The OpenAPI server entry that follows the page under any prefix."""

ASSETS_MAX_AGE_S = 3600  # Our choice: they come with a package, and that is seldom replaced.

_STATIC = Path(fastapi_offline.__file__).parent / "static"
_SWAGGER = {
    "validatorUrl": None,  # Else a badge of another host is loaded.
    "persistAuthorization": False,  # A token stays in the page, not in the browser's storage.
    "tryItOutEnabled": True,
    "defaultModelsExpandDepth": 0,
}

_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)

router = APIRouter(include_in_schema=False)


@router.get("/docs", openapi_extra=PUBLIC)
async def docs(request: Request) -> HTMLResponse:
    """Show the page itself."""
    page = get_swagger_ui_html(
        openapi_url="openapi.json",
        title=request.app.title,
        swagger_js_url="docs/swagger-ui-bundle.js",
        swagger_css_url="docs/swagger-ui.css",
        swagger_favicon_url="docs/favicon.png",
        swagger_ui_parameters=_SWAGGER,
    )
    page.headers["Content-Security-Policy"] = _policy(bytes(page.body))
    return page


@router.get("/docs/{name}", openapi_extra=PUBLIC)
async def docs_asset(name: str) -> FileResponse:
    """Give one of the files that the page needs, and no other."""
    if name not in ASSETS:
        raise HTTPException(404)
    return FileResponse(_STATIC / name, headers={"Cache-Control": f"max-age={ASSETS_MAX_AGE_S}"})


@router.get("/openapi.json", openapi_extra=PUBLIC)
async def openapi(request: Request) -> JSONResponse:
    """Give the OpenAPI document."""
    return JSONResponse(request.app.openapi())


def _policy(page: bytes) -> str:
    """
    Return the Content-Security-Policy of *page*: our files, its own script, and nothing else.

    The script stands in the page, so it's allowed by its hash (CSP Level 3 section 6.7.3.2).
    Swagger UI sets styles on elements and draws its icons from ``data:`` URLs.
    """
    hashes = [
        base64.b64encode(hashlib.sha256(script).digest()).decode("ascii")
        for script in _SCRIPT.findall(page)
    ]
    scripts = " ".join(f"'sha256-{value}'" for value in hashes)
    return (
        f"default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
        "form-action 'none'"
    )
