"""For each alert: figures at which it fires, and figures close by at which it is silent.

Series are written as promtool writes them: a value at each minute, from 0 on; ``a+bxn`` begins at a
and adds b for n times. Labels that all series have are left out. Time begins at 0, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

DAY = 86_400
QUESTIONS = 'tongxing_requests_total{route="/graphql",status="200"}'
GROWS_BY_6000 = "0+6000x420"
Series = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AlertCase:
    """``at``: the time at which it is looked. ``labels``: those of the alert beside its severity;
    without ``is_of_one`` it is about all machines together."""

    fires: Series
    silent: Series
    at: str = "30m"
    labels: Mapping[str, str] = field(default_factory=dict)
    is_of_one: bool = True


def _steady(series: str, fires: float, silent: float, **labels: str) -> AlertCase:
    return AlertCase({series: f"{fires}x420"}, {series: f"{silent}x420"}, labels=labels)


def _of_all(fires: Series, silent: Series, at: str = "30m", **labels: str) -> AlertCase:
    return AlertCase(fires, silent, at, labels, is_of_one=False)


def _failing(a_minute: float) -> Series:
    refused = 'tongxing_refusals_total{code="UNAVAILABLE"}'
    return {QUESTIONS: GROWS_BY_6000, refused: f"0+{a_minute}x420"}


def _shed(a_minute: float) -> Series:
    return {
        QUESTIONS: GROWS_BY_6000,
        'tongxing_requests_shed_total{reason="LATE"}': f"0+{a_minute}x420",
    }


def _slow(name: str, labels: str, steps: Mapping[str, float]) -> Series:
    """A histogram that grows by so many up to each step a minute."""
    return {
        f'{name}_bucket{{{labels}le="{step}"}}': f"0+{number}x420" for step, number in steps.items()
    }


def _colors(unknown: float) -> Series:
    named = "tongxing_recognitions_total"
    return {
        f'{named}{{color="GREEN",decision="ADMIT"}}': "0+100x420",
        f'{named}{{color="UNKNOWN",decision="INSPECT"}}': f"0+{unknown}x420",
    }


def _began(series: str) -> AlertCase:
    """A counter that was not there before: that is an increase, and an hour later it is none."""
    labels = dict(part.split("=") for part in series.partition("{")[2].rstrip("}").split(","))
    told = {name: value.strip('"') for name, value in labels.items()}
    return AlertCase({series: "_x100 1x200"}, {series: "1x420"}, at="110m", labels=told)


_QUESTION_SECONDS = "tongxing_request_seconds", 'route="/graphql",'
_DELAYS = "tongxing_loop_delay_seconds", 'instance="hub-1",'

CASES: Mapping[str, AlertCase] = {
    "TongxingDown": _steady("up", 0, 1),
    "TongxingNotReady": _steady('tongxing_ready{check="clock"}', 0, 1, check="clock"),
    "TongxingAnswersFailFast": _of_all(_failing(90), _failing(80), "2h"),
    "TongxingAnswersFailSlowly": _of_all(_failing(40), _failing(30), "7h"),
    "TongxingOverloaded": _of_all(_shed(700), _shed(500)),
    "TongxingAnswersLate": _of_all(
        _slow(*_QUESTION_SECONDS, {"2.0": 90, "2.5": 98, "3.0": 100, "+Inf": 100}),
        _slow(*_QUESTION_SECONDS, {"2.0": 0, "2.5": 100, "3.0": 100, "+Inf": 100}),
    ),
    "TongxingManyUnknown": _of_all(_colors(30), _colors(20)),
    "TongxingLoopHeldUp": _of_all(
        _slow(
            "tongxing_loop_delay_seconds",
            'instance="hub-1",',
            {"0.25": 90, "0.5": 100, "+Inf": 100},
        ),
        _slow(
            "tongxing_loop_delay_seconds",
            'instance="hub-1",',
            {"0.25": 96, "0.5": 100, "+Inf": 100},
        ),
        instance="hub-1",
    ),
    "TongxingRestarts": AlertCase(
        {"tongxing_process_start_time_seconds": "0x20 1 2 3x10", "tongxing_workers": "1x30 _x10"},
        {
            "tongxing_process_start_time_seconds": "0x20 1 2x10",
            "tongxing_workers": "1x40",
            # All workers of another machine are replaced, one after another (SIGHUP).
            'tongxing_process_start_time_seconds{instance="hub-2"}': "0x20 1 2 3 4x10",
            'tongxing_workers{instance="hub-2"}': "4x20 5x4 4x10",
        },
    ),
    "TongxingUnexpectedErrors": AlertCase(
        {"tongxing_unexpected_errors_total": "0x20 1x20"},
        {"tongxing_unexpected_errors_total": "0 1x40"},
    ),
    "TongxingCredentialsRefused": _of_all(
        {'tongxing_refused_credentials_total{credential="assertion",reason="EXPIRED"}': "0+90x60"},
        {'tongxing_refused_credentials_total{credential="assertion",reason="EXPIRED"}': "0+50x60"},
        credential="assertion",
        reason="EXPIRED",
    ),
    "TongxingClientStopped": _began('tongxing_client_stops_total{reason="SAME_NAME"}'),
    "TongxingIssuerSilent": _steady('tongxing_issuer_silent{issuer="i"}', 1, 0, issuer="i"),
    "TongxingIssuerUnreadable": _steady(
        'tongxing_issuer_left_alone{issuer="i",why="UNREADABLE"}',
        *(1, 0),
        issuer="i",
        why="UNREADABLE",
    ),
    "TongxingIssuerForged": _began(
        'tongxing_issuer_outcomes_total{issuer="i",outcome="BAD_SIGNATURE"}'
    ),
    "TongxingFeedOld": AlertCase(
        {'tongxing_issuer_feed_read_timestamp_seconds{issuer="i"}': "1600x420"},
        {'tongxing_issuer_feed_read_timestamp_seconds{issuer="i"}': "0+60x420"},
        labels={"issuer": "i"},
    ),
    "TongxingChangePassedOver": _began(
        'tongxing_issuer_changes_passed_over_total{issuer="i",code="BAD_SIGNATURE"}'
    ),
    "TongxingMassFlip": _began('tongxing_mass_flips_total{issuer="i",basis="TRAVEL"}'),
    "TongxingSharedCacheAway": _steady("tongxing_shared_cache_away", 1, 0),
    "TongxingSharedCacheSpoiled": AlertCase(
        {'tongxing_shared_statements_total{result="UNUSABLE"}': "0+1x40"},
        {'tongxing_shared_statements_total{result="UNUSABLE"}': "5x40"},
        labels={"result": "UNUSABLE"},
    ),
    "TongxingTrustListEndsSoon": _steady(
        "tongxing_trust_list_expires_timestamp_seconds", 6 * DAY, 8 * DAY
    ),
    "TongxingTrustListEnds": _steady(
        "tongxing_trust_list_expires_timestamp_seconds", 0.9 * DAY, 1.1 * DAY
    ),
    "TongxingIssuerKeysEndSoon": _steady(
        'tongxing_issuer_keys_expire_timestamp_seconds{issuer="i"}', 13 * DAY, 15 * DAY, issuer="i"
    ),
    "TongxingCertificateEndsSoon": _steady(
        'tongxing_certificate_expires_timestamp_seconds{certificate="listen"}',
        13 * DAY,
        15 * DAY,
        certificate="listen",
    ),
    "TongxingHolderEpochsStay": _steady(
        "tongxing_holder_epoch_begun_timestamp_seconds", -41 * DAY, -39 * DAY
    ),
    "TongxingPolicyEndsSoon": _steady(
        'tongxing_policy_expires_timestamp_seconds{region="r"}', 13 * DAY, 15 * DAY, region="r"
    ),
    "TongxingFileRefused": _steady('tongxing_file_refused{file="policies"}', 1, 0, file="policies"),
    "TongxingHubsDisagree": AlertCase(
        {
            'tongxing_trust_list_version{pid="1"}': "7x60",
            'tongxing_trust_list_version{pid="2"}': "8x60",
        },
        {
            'tongxing_trust_list_version{pid="1"}': "7x29 8x30",
            'tongxing_trust_list_version{pid="2"}': "8x60",
        },
        labels={"job": "tongxing"},
        is_of_one=False,
    ),
    "TongxingVersionsDiffer": _of_all(
        {
            'tongxing_build_info{version="1"}': "1x200",
            'tongxing_build_info{version="2"}': "1x200",
        },
        {'tongxing_build_info{version="1"}': "1x200"},
        "90m",
    ),
    "TongxingUnusableKeys": _steady('tongxing_unusable_keys{issuer="i"}', 1, 0, issuer="i"),
    "TongxingNewsUnheard": _steady("tongxing_news_unheard", 1, 0),
    "TongxingHubKeyMissing": _steady("tongxing_hub_key_missing", 1, 0),
    "TongxingDiskNearlyFull": AlertCase(
        {"tongxing_disk_free_bytes": "4x60", "tongxing_disk_size_bytes": "100x60"},
        {"tongxing_disk_free_bytes": "6x60", "tongxing_disk_size_bytes": "100x60"},
    ),
    "TongxingDiskFillsUp": AlertCase(
        {"tongxing_disk_free_bytes": "40000-10x420", "tongxing_disk_size_bytes": "100000x420"},
        {"tongxing_disk_free_bytes": "40000-1x420", "tongxing_disk_size_bytes": "100000x420"},
        at="7h",
    ),
    "TongxingWriteAheadGrows": _steady(
        'tongxing_database_bytes{part="write_ahead"}', 2e9, 0.9e9, part="write_ahead"
    ),
    "TongxingWritesWait": AlertCase(
        {"tongxing_database_works_waiting": "0 500 0 500x60", "tongxing_workers": "4x63"},
        {"tongxing_database_works_waiting": "390x63", "tongxing_workers": "4x63"},
    ),
    "TongxingStandbyGone": AlertCase(
        {"tongxing_database_standbys": "1x10 0x50"}, {"tongxing_database_standbys": "1x60"}
    ),
    "TongxingStandbyBehind": _steady(
        "tongxing_database_standby_lag_bytes", 300 * 2**20, 200 * 2**20
    ),
    "TongxingClockOff": _steady("tongxing_database_clock_offset_seconds", 3, 1),
    "TongxingFilesRunOut": AlertCase(
        {"tongxing_process_open_fds": "90x60", "tongxing_process_max_fds": "100x60"},
        {"tongxing_process_open_fds": "70x60", "tongxing_process_max_fds": "100x60"},
    ),
    "TongxingStatusListsOld": AlertCase(
        {
            "tongxing_status_list_published_timestamp_seconds": "60x60",
            "tongxing_status_lists_unpublished": "0x60",
        },
        {
            "tongxing_status_list_published_timestamp_seconds": "0+60x60",
            "tongxing_status_lists_unpublished": "0x60",
        },
    ),
    "TongxingFiguresBehind": AlertCase(
        {"tongxing_log_counted_timestamp_seconds": "60x420"},
        {"tongxing_log_counted_timestamp_seconds": "0+60x420"},
        at="3h",
    ),
}
