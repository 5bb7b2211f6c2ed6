"""The tests themselves: they reach nothing outside this machine."""

import socket

import pytest


def test_no_test_reaches_another_machine():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        with pytest.raises(PermissionError, match="tried to reach 192.0.2.1"):
            udp.connect(("192.0.2.1", 9))
        with pytest.raises(PermissionError, match="tried to reach 192.0.2.1"):
            udp.sendto(b"", ("192.0.2.1", 9))


def test_no_test_looks_up_a_name():
    with pytest.raises(PermissionError, match="tried to reach example.org"):
        socket.create_connection(("example.org", 80))


def test_this_machine_may_be_reached():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
