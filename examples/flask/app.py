"""At most five tries to log in from an address within a minute: one SQL call of a Flask view.

    SHOP_SOCKET=/run/mysqld/mysqld.sock SHOP_USER=shop SHOP_PASSWORD=… flask run
"""
import functools
import json
import os

import pymysql
from flask import Flask, Response, g, request

app = Flask(__name__)


def shop():
    """The connection of this request."""
    if "shop" not in g:
        g.shop = pymysql.connect(unix_socket=os.environ["SHOP_SOCKET"], user=os.environ["SHOP_USER"],
                                 password=os.environ["SHOP_PASSWORD"], charset="utf8mb4", connect_timeout=2,
                                 read_timeout=2, write_timeout=2)
    return g.shop


@app.teardown_appcontext
def close_shop(_error):
    if "shop" in g:
        g.shop.close()


def text(status, words, headers=()):
    return Response(words + "\n", status, list(headers), content_type="text/plain; charset=utf-8")


def limited(max_requests, window_seconds):
    """Admits so many calls of a view from an address, in any window of so many seconds."""
    def decorate(view):
        @functools.wraps(view)
        def limited_view(*arguments, **named):
            key = (request.remote_addr, request.endpoint, max_requests, window_seconds)
            try:
                with shop().cursor() as cursor:
                    cursor.execute("SELECT purser_rate_limit(%s, %s, %s, %s), purser_rate_limit_headers(%s, %s, %s, %s)", key + key)
                    admitted, headers = cursor.fetchone()
            except pymysql.MySQLError as error:
                app.logger.error("no rate limit: %s", error)
                return text(503, "Not now. Try again in a moment.", [("Retry-After", "5")])
            headers = {name: str(value) for name, value in json.loads(headers).items()}
            if not admitted:
                return text(429, "Too many tries. Wait a moment.", headers.items())
            headers.pop("Retry-After", None)  # the last one that is admitted need not wait for it
            answer = app.make_response(view(*arguments, **named))
            answer.headers.extend(headers)
            return answer
        return limited_view
    return decorate


@app.post("/login")
@limited(5, 60)
def login():
    return text(200, "Here the password would be checked.")
