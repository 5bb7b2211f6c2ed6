"""What attackers write into addresses and forms, by what they hope for."""

HOSTILE = {
    "sql": [
        "' OR '1'='1",
        '" OR ""="',
        "1; DROP TABLE reading;--",
        "') UNION SELECT null,version_num FROM alembic_version--",
        "%' AND 1=randomblob(100000000)--",
        "'; SELECT pg_sleep(9);--",
    ],
    "template": [
        "{{ 7331*7 }}",
        "{% for x in ().__class__.__base__.__subclasses__() %}{% endfor %}",
        "${7331*7}",
        "#{7331*7}",
    ],
    "markup": [
        "<script>alert(7331)</script>",
        '"><img src=x onerror=alert(7331)>',
        "'-alert(7331)-'",
        "javascript:alert(7331)",
    ],
    "header": [
        "x\r\nSet-Cookie: evil=1",
        "x\nLocation: http://evil.example",
        "%0d%0aSet-Cookie:%20evil=1",
    ],
    "formula": [
        "=cmd|' /C calc'!A0",
        "@SUM(1+1)*cmd",
        "+1+1",
        "-1+1",
    ],
    "path": [
        "../../../../etc/passwd",
        "..%2f..%2f..%2fetc%2fpasswd",
        "....//....//etc/passwd",
        "/etc/passwd\x00.csv",
        "file:///etc/passwd",
    ],
    "redirect": [
        "//evil.example/",
        "http://evil.example/",
        "\\\\evil.example\\",
    ],
    "text": [
        "A" * 3000,
        "\u202e\u0000\ufffd",
        "٣" * 20,
    ],
    "number": [
        "-1",
        "0",
        "1e309",
        "9" * 400,
        "NaN",
    ],
    "day": [
        "2019-02-30",
        "0000-00-00",
        "9999-12-31",
    ],
    "json": [
        "[]",
        '{"$gt": ""}',
        "true",
    ],
    "percent": [
        "%",
        "%zz",
        "_",
    ],
}
INJECTIONS = [text for kind in HOSTILE.values() for text in kind]
