"""The web server that the tasks of fetched.yml ask; it runs on the node."""

from http.server import *
class S(BaseHTTPRequestHandler):
    def do_GET(self):
        n=int(self.headers.get("Content-Length") or 0); b=self.rfile.read(n)
        p=self.path
        if p=="/moved": return self.say(302,b"",[("Location","/a"),("Set-Cookie","c=1; Path=/")])
        if p=="/kept": return self.say(307,b"",[("Location","/echo")])
        if p=="/locked" and self.headers.get("Authorization")!="Basic dTpzZXNhbWU=": return self.say(401,b"no",[("WWW-Authenticate",'Basic realm="x"')])
        if p=="/none": return self.say(404,b"gone",[("Content-Type","text/plain")])
        if p=="/json": return self.say(200,b'{"a": [1, 2.5, null], "b": "x"}',[("Content-Type","application/json")])
        if p=="/bad": return self.say(200,b"{x",[("Content-Type","application/json")])
        if p=="/named": return self.say(200,b"n",[("Content-Disposition",'attachment; filename="given.txt"')])
        if p=="/echo": return self.say(200,(self.command+" "+str(self.headers.get("Content-Type"))+" "+b.decode()).encode(),[("Content-Type","text/plain"),("X-Two-Words","a b")])
        if p=="/SUMS": return self.say(200,b"87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7  ./a\n",[])
        self.say(200,b"a\n",[("Content-Type","text/plain")])
    do_POST=do_PUT=do_DELETE=do_PATCH=do_HEAD=do_GET
    def say(self,s,b,h):
        self.send_response(s)
        for k,v in h: self.send_header(k,v)
        self.send_header("Content-Length",str(len(b))); self.end_headers()
        if self.command!="HEAD": self.wfile.write(b)
    def log_message(self,*a): pass
ThreadingHTTPServer(("127.0.0.1",8099),S).serve_forever()
