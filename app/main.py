"""The app, put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

from anyio import to_thread
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from app import __version__, service
from app.settings import STATIC, Settings
from app.web import api, arrays, derivations, live, openapi, pages, paths, playback, practice, problems, reference
from app.web.body import Held
from app.web.guard import Guard
from app.web.live import Lines
from app.web.metrics import Metrics
from app.web.switchboard import Switchboard, direct
from app.work.caches import store
from app.work.desk import Desk
from app.work.processes import settle

ROOMS = (api, arrays, derivations, live, pages, paths, playback, practice, reference)


class _Static(StaticFiles):
    """The page's own files. A browser asks whether they have changed: modules of two versions would not fit together."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # They are small: whoever asks for a part of one gets all of it.
        scope["headers"] = [(name, value) for name, value in scope["headers"] if name != b"range"]
        await super().__call__(scope, receive, send)

    def file_response(self, *arguments: Any, **named: Any) -> Response:
        response = super().file_response(*arguments, **named)
        response.headers.setdefault("Cache-Control", "no-cache")
        return response


async def _prepare() -> None:
    """Makes what is the same for all pictures, once the first questions have been answered."""
    await asyncio.sleep(1.0)
    await to_thread.run_sync(service.prepare)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The web app with its settings, read from the environment where none are given."""
    settings = settings or Settings.from_environment()
    desk = Desk(settings.limits, settings.capacity, partial(service.warm, settings.capacity.cache_bytes))
    lines = Lines(settings.capacity)
    metrics = Metrics(desk, lines)
    store.most = settings.capacity.cache_bytes

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if settings.metrics_port:
            metrics.serve(settings.host, settings.metrics_port)
        settle()
        tasks = [asyncio.create_task(work) for work in (desk.keep(), desk.watch(), _prepare())]
        yield
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    app = FastAPI(
        title="Curly d",
        version=__version__,
        summary="Backpropagation as it happens: every value, gradient and local derivative of a tensor program.",
        license_info={"name": "MIT", "identifier": "MIT"},
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        middleware=[Middleware(Guard, settings, metrics, desk), Middleware(Switchboard, direct(room.router for room in ROOMS))],
    )
    app.state.settings, app.state.desk, app.state.lines = settings, desk, lines
    app.state.held = Held(settings.capacity.bodies_bytes)
    for room in ROOMS:
        app.include_router(room.router)
    for path, directory in (("/static", STATIC), ("/docs/assets", reference.ASSETS)):
        app.mount(path, GZipMiddleware(_Static(directory=directory), minimum_size=1024, compresslevel=5))
    problems.install(app)
    openapi.complete(app)
    return app
