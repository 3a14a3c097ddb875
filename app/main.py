"""The app, put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from app import __version__, service
from app.settings import STATIC, Settings
from app.web import api, arrays, derivations, live, openapi, pages, paths, playback, practice, problems


class _Static(StaticFiles):
    """The page's own files. A browser asks whether they have changed: modules of two versions would not fit together."""

    def file_response(self, *arguments: Any, **named: Any) -> Response:
        response = super().file_response(*arguments, **named)
        response.headers.setdefault("Cache-Control", "no-cache")
        return response


def create_app(settings: Settings | None = None) -> FastAPI:
    """The web app with its settings, read from the environment where none are given."""
    settings = settings or Settings.from_environment()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        warming = asyncio.create_task(service.ready(settings.limits))
        yield
        warming.cancel()

    app = FastAPIOffline(
        title="Curly d",
        version=__version__,
        summary="Backpropagation as it happens: every value, gradient and local derivative of a tensor program.",
        license_info={"name": "MIT", "identifier": "MIT"},
        lifespan=lifespan,
        redoc_url=None,
    )
    app.state.settings = settings
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    for room in (
        api,
        arrays,
        derivations,
        live,
        pages,
        paths,
        playback,
        practice,
    ):
        app.include_router(room.router)
    app.mount("/static", _Static(directory=STATIC), name="static")
    problems.install(app)
    openapi.complete(app)
    return app
