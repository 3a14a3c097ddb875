"""The short way to an endpoint: an address that is whole is looked up, where the router would try one route after the other."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TypeAlias

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import CurlydError
from app.web.problems import RequestError, answer_to

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


class Switchboard:
    """Stands before the router."""

    def __init__(self, app: ASGIApp, routes: Mapping[tuple[str, str], APIRoute]) -> None:
        self.app, self.routes = app, routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self.routes.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if route is None:
            await self.app(scope, receive, send)
            return
        scope["route"] = route
        try:
            response: Response = await route.endpoint(Request(scope, receive))
        except (CurlydError, RequestError) as error:
            response = answer_to(error)
        await response(scope, receive, send)


def direct(routers: Iterable[APIRouter]) -> dict[tuple[str, str], APIRoute]:
    """The routes that take nothing but the request, by method and path."""
    return {
        (method, route.path): route
        for router in routers
        for route in router.routes
        if isinstance(route, APIRoute) and [*inspect.signature(route.endpoint).parameters] == ["request"] and "{" not in route.path
        for method in route.methods or ()
    }
