"""The commands that only a sandbox needs; the packaging adds them to the command line.

Responsible for options and for what a visitor reads. Refuses to be imported by the rest of the
sandbox.
"""

SUMMARIES = {
    "demo": "演示互认故事 Play the story with three issuers and a hub",
    "sandbox": "运行三个参考发码机构 Run the three reference issuers",
    "five-days": "镇江健康码的头5天 Live through the Zhenjiang code's first five days",
}
"""What each command is for. Loading this loads no command."""
