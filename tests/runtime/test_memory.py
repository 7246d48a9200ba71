"""Keeping freed memory works where the C library is glibc, and is refused politely elsewhere."""

import platform

from labeller.runtime import memory


def test_glibc_takes_the_settings(monkeypatch):
    assert memory.keep_freed_memory() is (platform.libc_ver()[0] == "glibc")
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    assert memory.keep_freed_memory() is False
