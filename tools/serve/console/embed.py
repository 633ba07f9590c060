# SPDX-License-Identifier: Apache-2.0
"""Writes the console as a C++ source: its bytes, and the policy that permits just its own script
and style. Usage: embed.py console.html console_page.cpp"""

import base64
import hashlib
import re
import sys


def source_of(page: str, tag: str) -> str:
    """The CSP source that permits what stands in the one element of this kind."""
    found = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
    if len(found) != 1:
        sys.exit(f"embed.py: expected one <{tag}> without attributes, found {len(found)}")
    digest = hashlib.sha256(found[0].encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def main() -> None:
    with open(sys.argv[1], encoding="utf-8", newline="") as file:
        page = file.read()
    policy = "; ".join([
        "default-src 'none'",
        f"script-src {source_of(page, 'script')}",
        f"style-src {source_of(page, 'style')}",
        "connect-src 'self'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ])
    numbers = [str(byte if byte < 128 else byte - 256) for byte in page.encode()]
    lines = [",".join(numbers[i:i + 24]) for i in range(0, len(numbers), 24)]
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write('#include "serve/console_page.hpp"\n\n')
        file.write("namespace strata::tools {\nnamespace {\n\n")
        file.write("constexpr char page[] = {\n" + ",\n".join(lines) + "};\n\n}  // namespace\n\n")
        file.write("std::string_view console_page() noexcept { return {page, sizeof page}; }\n\n")
        file.write("std::string_view console_policy() noexcept {\n")
        file.write(f'    return "{policy}";\n}}\n\n}}  // namespace strata::tools\n')


main()
