#!/usr/bin/python3
"""A gateway that speaks TLS and knows no payment: every GET is answered with {}.

    https_gateway.py CERTIFICATE KEY PORT_FILE

It ends by SIGTERM, or by itself after ten minutes.
"""
import os
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Gateway(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *unused):
        pass


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
with open(sys.argv[3] + ".new", "w", encoding="ascii") as out:
    print(server.server_address[1], os.getpid(), file=out)
os.rename(sys.argv[3] + ".new", sys.argv[3])
threading.Timer(3600, os._exit, [0]).start()
server.serve_forever()
