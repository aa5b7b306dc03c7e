"""A crowd: thousands of connections that ask for nothing must not keep out the
one that does."""

import http.client
import resource
import socket
import threading
import time
import urllib.parse

from followd_testing import Daemon, TestCase, main, often

IDLE = often(1500, 10000)  # more than the daemon takes at once


class Crowd(TestCase):
    def setUp(self):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        wanted = IDLE + 500
        if hard != resource.RLIM_INFINITY and hard < wanted:
            self.skipTest(f"only {hard} files may be open")
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        self.daemon = Daemon().start()
        self.addCleanup(self.daemon.folder.cleanup)
        self.addCleanup(self.daemon.stop)
        self.url = urllib.parse.urlsplit(self.daemon.url.strip())

    def crowd(self, links):
        for number in range(IDLE):
            link = socket.socket()
            link.setblocking(False)
            links.append(link)
            try:
                link.connect((self.url.hostname, self.url.port))
            except BlockingIOError:
                pass
            if number % 50 == 0:
                time.sleep(0.002)

    def ask(self, path):
        connection = http.client.HTTPConnection(
            self.url.hostname, self.url.port, timeout=10)
        connection.request("GET", path, headers={
            "Authorization": "Bearer " + self.daemon.token})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    def test_who_asks_is_heard_among_thousands_who_do_not(self):
        links = []
        crowd = threading.Thread(target=self.crowd, args=(links,))
        crowd.start()
        asked = 0
        while crowd.is_alive() or asked < 50:
            for path in ("/healthz", "/api/v1/version"):
                self.assertEqual(self.ask(path), 200)
                asked += 1
        crowd.join()
        for link in links:
            link.close()

    def test_who_listens_is_not_driven_out_by_a_crowd(self):
        listener = http.client.HTTPConnection(
            self.url.hostname, self.url.port, timeout=20)
        listener.request("GET", "/api/v1/events", headers={
            "Authorization": "Bearer " + self.daemon.token})
        stream = listener.getresponse()
        while stream.readline() != b"\n":
            pass
        links = []
        self.crowd(links)
        self.daemon.submit({"preset": "vanderPol"})
        lines = [stream.readline() for _ in range(2)]
        while b"event: job\n" not in lines:
            self.assertTrue(lines[-1], "the stream has ended")
            lines.append(stream.readline())
        for link in links + [listener]:
            link.close()


if __name__ == "__main__":
    main()
