"""What the server believes of the world: builds world.c, and writes the page that it reads."""
import mmap
import os
import struct
import subprocess
import time

PAGE = 4096
CLOCK, DISK, NAMES, REFUSED, UNNAMED, HEAP, ASKED, KEPT = 0, 8, 12, 16, 24, 32, 40, 48
NAMES_ARE_RIGHT, NAMES_FAIL, NAMES_HANG = 0, 1, 2


class World:
    def __init__(self, directory, preload=None):
        here = os.path.dirname(os.path.abspath(__file__))
        self.library = os.path.join(directory, "world.so")
        self.preload = preload  # another library, behind ours
        self.path = os.path.join(directory, "world.page")
        subprocess.run([os.environ.get("CC", "cc"), "-std=c11", "-O2", "-fPIC", "-shared", "-o", self.library,
                        os.path.join(here, "world.c"), "-ldl"], check=True)
        with open(self.path, "wb") as file:
            file.write(bytes(PAGE))
        with open(self.path, "r+b") as file:
            self.page = mmap.mmap(file.fileno(), PAGE)

    def environment(self):
        return {"LD_PRELOAD": " ".join(filter(None, [self.library, self.preload])), "WORLD_PAGE": self.path}

    def _write(self, form, at, value):
        struct.pack_into(form, self.page, at, value)

    def set_clock(self, seconds):
        """The wall clock is off by so many seconds from now on; the monotonic one is not."""
        self._write("=q", CLOCK, int(seconds * 1000000))

    def set_disk_full(self, full):
        self._write("=i", DISK, int(full))

    def set_names(self, how):
        self._write("=i", NAMES, how)

    def put_right(self):
        self.set_clock(0)
        self.set_disk_full(False)
        self.set_names(NAMES_ARE_RIGHT)

    def met(self):
        """How many writes had no space, and how many names no answer, since the beginning."""
        return struct.unpack_from("=q", self.page, REFUSED)[0], struct.unpack_from("=q", self.page, UNNAMED)[0]

    def heap(self):
        """Bytes that the server has allocated, and those that it has given back and the C library keeps."""
        self._write("=i", ASKED, 1)
        end = time.monotonic() + 60
        while struct.unpack_from("=i", self.page, ASKED)[0] and time.monotonic() < end:
            time.sleep(0.001)
        time.sleep(0.05)
        return struct.unpack_from("=q", self.page, HEAP)[0], struct.unpack_from("=q", self.page, KEPT)[0]
