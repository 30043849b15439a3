"""Every table, as the steps that led to it; never edit a step that was released.

The tables hold identifiers, keyed digests, numbers and times, and no text that a person wrote but
one: GraphQL documents that were registered, without their comments and with no text values.
``columns`` says how the values lie in them.
"""

APPLICATION_ID = 0x54584E47
"""``TXNG``: marks a file as ours (SQLite's ``application_id``)."""

SPAN_MARKS = """
    (1 << {0}kind) | CASE {0}kind WHEN 2 THEN
        (1 << (32 + instr(x'0102030405060708090A0B0C0D0E', substr({0}content, 3, 1))))
        | (1 << (48 + instr(x'0102030405060708090A0B0C0D0E', substr({0}content, 4, 1))))
    ELSE 0 END
"""
SPAN_GROWS = """
    ON CONFLICT (span) DO UPDATE SET
        first_at = min(first_at, excluded.first_at),
        last_at = max(last_at, excluded.last_at),
        marks = marks | excluded.marks
"""
"""Part of a released step, like the step itself, and of ``indexing``."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE audit_entries (
            idx INTEGER PRIMARY KEY,
            kind INTEGER NOT NULL,
            at INTEGER NOT NULL,
            request TEXT NOT NULL,
            client TEXT NOT NULL,
            region TEXT,
            holder BLOB,
            content BLOB NOT NULL,
            hash BLOB NOT NULL
        )
        """,
        # Eight bytes find one holder among billions; the query compares the whole column as well.
        """
        CREATE INDEX audit_by_holder ON audit_entries (substr(holder, 1, 8))
            WHERE holder IS NOT NULL
        """,
        "CREATE INDEX audit_by_request ON audit_entries (substr(request, 1, 8))",
        """
        CREATE TABLE clients (
            id TEXT PRIMARY KEY,
            content BLOB NOT NULL,
            created_at INTEGER NOT NULL,
            revoked_at INTEGER
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE used_once (
            digest BLOB PRIMARY KEY,
            expires_at INTEGER NOT NULL
        ) WITHOUT ROWID
        """,
        "CREATE INDEX used_once_by_end ON used_once (expires_at)",
        """
        CREATE TABLE facts (
            name TEXT PRIMARY KEY,
            version INTEGER NOT NULL,
            digest TEXT NOT NULL
        ) WITHOUT ROWID
        """,
    ),
    (
        """
        CREATE TABLE history (
            holder BLOB NOT NULL,
            issuer TEXT NOT NULL,
            place TEXT NOT NULL,
            color TEXT NOT NULL,
            basis TEXT NOT NULL,
            previous_color TEXT,
            as_of INTEGER NOT NULL,
            changed_at INTEGER,
            known_at INTEGER NOT NULL,
            digest TEXT,
            kept_until INTEGER NOT NULL
        )
        """,
        "CREATE INDEX history_by_holder ON history (holder, known_at)",
        "CREATE INDEX history_by_end ON history (kept_until)",
    ),
    (
        # AUTOINCREMENT: a number that was deleted is not used again, so a cursor stays good.
        """
        CREATE TABLE arrivals (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id BLOB NOT NULL UNIQUE,
            holder BLOB NOT NULL,
            district TEXT NOT NULL,
            purpose TEXT NOT NULL,
            color TEXT NOT NULL,
            decision TEXT NOT NULL,
            recognition INTEGER NOT NULL,
            recorded_at INTEGER NOT NULL,
            recorded_by TEXT NOT NULL,
            acknowledged_at INTEGER,
            acknowledged_by TEXT
        )
        """,
        "CREATE INDEX arrivals_by_time ON arrivals (recorded_at)",
    ),
    (
        """
        CREATE TABLE flips (
            issuer TEXT NOT NULL,
            basis TEXT NOT NULL,
            holder BLOB NOT NULL,
            turned_at INTEGER NOT NULL,
            digest TEXT NOT NULL,
            UNIQUE (issuer, basis, holder, turned_at)
        )
        """,
        "CREATE INDEX flips_by_source ON flips (issuer, basis, turned_at)",
        "CREATE INDEX flips_by_time ON flips (turned_at)",
        """
        CREATE TABLE alarms (
            number INTEGER PRIMARY KEY,
            issuer TEXT NOT NULL,
            basis TEXT NOT NULL,
            first_at INTEGER NOT NULL,
            last_at INTEGER NOT NULL,
            raised_at INTEGER NOT NULL,
            people INTEGER NOT NULL,
            threshold INTEGER NOT NULL,
            region TEXT NOT NULL,
            version INTEGER NOT NULL
        )
        """,
        """
        CREATE TABLE alarm_evidence (
            alarm INTEGER NOT NULL,
            digest TEXT NOT NULL,
            UNIQUE (alarm, digest)
        )
        """,
    ),
    (
        """
        CREATE TABLE corrections (
            id BLOB PRIMARY KEY,
            holder BLOB NOT NULL,
            issuer TEXT NOT NULL,
            mistake TEXT NOT NULL,
            digest TEXT NOT NULL,
            region TEXT NOT NULL,
            reference TEXT NOT NULL,
            state TEXT NOT NULL,
            reported_at INTEGER NOT NULL,
            reported_by TEXT NOT NULL,
            decided_at INTEGER
        ) WITHOUT ROWID
        """,
        "CREATE INDEX corrections_by_time ON corrections (reported_at)",
    ),
    (
        # ``complete``: 0 while the list is written in pieces, 1 while it counts, 2 if it was
        # refused and only its readable entries count, -1 once a newer list counts.
        """
        CREATE TABLE lists (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            issuer TEXT NOT NULL,
            as_of INTEGER NOT NULL,
            head BLOB NOT NULL,
            complete INTEGER NOT NULL
        )
        """,
        """
        CREATE TABLE list_entries (
            list INTEGER NOT NULL,
            holder BLOB NOT NULL,
            color TEXT NOT NULL,
            basis TEXT NOT NULL,
            place TEXT NOT NULL,
            changed_at INTEGER,
            PRIMARY KEY (list, holder)
        ) WITHOUT ROWID
        """,
    ),
    (
        # Followers of notices look every few seconds, and must not walk past all arrivals that
        # were acknowledged.
        """
        CREATE INDEX arrivals_open ON arrivals (number) WHERE acknowledged_at IS NULL
        """,
    ),
    (
        # Digests under a key of each client. ``counted_on``: the day on which the guess was counted
        # as unconfirmed; NULL while no issuer has answered.
        """
        CREATE TABLE guesses (
            document BLOB PRIMARY KEY,
            prefix BLOB NOT NULL,
            ends BLOB,
            number BLOB NOT NULL,
            name BLOB NOT NULL,
            asked_at INTEGER NOT NULL,
            counted_on INTEGER
        ) WITHOUT ROWID
        """,
        "CREATE INDEX guesses_by_prefix ON guesses (prefix, asked_at)",
        "CREATE INDEX guesses_by_ends ON guesses (ends, asked_at) WHERE ends IS NOT NULL",
        "CREATE INDEX guesses_by_number ON guesses (number, asked_at)",
        "CREATE INDEX guesses_by_name ON guesses (name, asked_at)",
        "CREATE INDEX guesses_by_time ON guesses (asked_at)",
        """
        CREATE TABLE tallies (
            client TEXT NOT NULL,
            day INTEGER NOT NULL,
            asked INTEGER NOT NULL,
            confirmed INTEGER NOT NULL,
            unconfirmed INTEGER NOT NULL,
            impossible INTEGER NOT NULL,
            scanned INTEGER NOT NULL,
            wrong_codes INTEGER NOT NULL,
            PRIMARY KEY (client, day)
        ) WITHOUT ROWID
        """,
        "CREATE INDEX tallies_by_day ON tallies (day)",
        """
        CREATE TABLE client_stops (
            number INTEGER PRIMARY KEY,
            client TEXT NOT NULL,
            reason TEXT NOT NULL,
            counted INTEGER NOT NULL,
            allowed INTEGER NOT NULL,
            stopped_at INTEGER NOT NULL,
            resumed_at INTEGER
        )
        """,
        "CREATE INDEX client_stops_by_client ON client_stops (client, number)",
    ),
    (
        # What each thousand entries of the audit log can hold, so that a search leaves out the
        # others: a row for every 1,000 indexes. ``marks``: bit k for an entry of the kind k; of an
        # outcome (kind 2) bit 32 + c for the color c and 48 + d for the decision d, the third and
        # the fourth byte of its content. A trigger, so that whoever appends keeps it true.
        """
        CREATE TABLE audit_spans (
            span INTEGER PRIMARY KEY,
            first_at INTEGER NOT NULL,
            last_at INTEGER NOT NULL,
            marks INTEGER NOT NULL
        )
        """,
        f"""
        INSERT INTO audit_spans (span, first_at, last_at, marks)
            SELECT idx / 1000, at, at, {SPAN_MARKS.format("")} FROM audit_entries WHERE TRUE
            {SPAN_GROWS}
        """,  # noqa: S608 - constants
        f"""
        CREATE TRIGGER audit_spans_grow AFTER INSERT ON audit_entries BEGIN
            INSERT INTO audit_spans (span, first_at, last_at, marks)
                VALUES (NEW.idx / 1000, NEW.at, NEW.at, {SPAN_MARKS.format("NEW.")})
                {SPAN_GROWS};
        END
        """,  # noqa: S608 - constants
        # In the order in which they were counted (rowid), a page at a time.
        "CREATE INDEX alarm_evidence_by_alarm ON alarm_evidence (alarm)",
    ),
    (
        # ``receipt``: the same for all arrivals that one receipt has made. ``changed_color``: what
        # the issuers stated last, if that is another color than before the arrival.
        "ALTER TABLE arrivals ADD COLUMN receipt BLOB",
        "ALTER TABLE arrivals ADD COLUMN withdrawn_at INTEGER",
        "ALTER TABLE arrivals ADD COLUMN changed_color TEXT",
        "ALTER TABLE arrivals ADD COLUMN change_known_at INTEGER",
        "UPDATE arrivals SET receipt = id",
        "CREATE INDEX arrivals_by_receipt ON arrivals (receipt)",
        "CREATE INDEX arrivals_by_holder ON arrivals (holder)",
        "DROP INDEX arrivals_open",
        """
        CREATE INDEX arrivals_open ON arrivals (number)
            WHERE acknowledged_at IS NULL AND withdrawn_at IS NULL
        """,
        """
        CREATE TABLE arrival_colors (
            arrival INTEGER NOT NULL,
            issuer TEXT NOT NULL,
            place TEXT NOT NULL,
            color TEXT NOT NULL,
            as_of INTEGER NOT NULL,
            PRIMARY KEY (arrival, issuer, place)
        ) WITHOUT ROWID
        """,
        # Of an arrival from before, nobody knows which issuer had stated what: its color stands for
        # good, under no issuer's name, so that it can get more restrictive and not milder.
        """
        INSERT INTO arrival_colors (arrival, issuer, place, color, as_of)
            SELECT number, '', district, color, recorded_at FROM arrivals WHERE color <> 'UNKNOWN'
        """,
        # AUTOINCREMENT: a cursor stays good, as those of the arrivals do.
        """
        CREATE TABLE arrival_events (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            arrival INTEGER NOT NULL,
            kind TEXT NOT NULL,
            color TEXT,
            known_at INTEGER
        )
        """,
        "CREATE INDEX arrival_events_by_arrival ON arrival_events (arrival)",
        """
        INSERT INTO arrival_events (arrival, kind)
            SELECT number, 'RECORDED' FROM arrivals ORDER BY number
        """,
        """
        INSERT INTO arrival_events (arrival, kind)
            SELECT number, 'ACKNOWLEDGED' FROM arrivals WHERE acknowledged_at IS NOT NULL
            ORDER BY acknowledged_at
        """,
        # Whoever deletes an arrival deletes all that is known of it.
        """
        CREATE TRIGGER arrivals_forgotten AFTER DELETE ON arrivals BEGIN
            DELETE FROM arrival_colors WHERE arrival = OLD.number;
            DELETE FROM arrival_events WHERE arrival = OLD.number;
        END
        """,
    ),
    (
        # From here on the log is a Merkle tree (``tree``). What was written before stays as it is,
        # in its chain, and becomes the first leaves; their nodes are added by ``adoption``.
        "ALTER TABLE audit_entries ADD COLUMN claims BLOB",
        """
        CREATE TABLE audit_nodes (
            level INTEGER NOT NULL,
            number INTEGER NOT NULL,
            hash BLOB NOT NULL,
            PRIMARY KEY (level, number)
        ) WITHOUT ROWID
        """,
        "CREATE TABLE audit_tree (first_planted INTEGER NOT NULL)",
        """
        INSERT INTO audit_tree (first_planted)
            SELECT coalesce(max(idx) + 1, 0) FROM audit_entries
        """,
    ),
    (
        # What is looked up in the log is filled in behind it (``indexing``): ``until`` is the first
        # index that may be missing. ``part`` and ``place`` are those of an index in parts of
        # 32,768; the entries of a request lie between ``first`` and ``last``.
        "DROP TRIGGER audit_spans_grow",
        "DROP INDEX audit_by_holder",
        "DROP INDEX audit_by_request",
        "DELETE FROM audit_spans",
        """
        CREATE TABLE audit_holders (
            part INTEGER NOT NULL,
            prefix BLOB NOT NULL,
            place INTEGER NOT NULL,
            PRIMARY KEY (part, prefix, place)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE audit_requests (
            prefix TEXT NOT NULL,
            first INTEGER NOT NULL,
            last INTEGER NOT NULL,
            PRIMARY KEY (prefix, first)
        ) WITHOUT ROWID
        """,
        "CREATE TABLE audit_indexed (until INTEGER NOT NULL)",
        "INSERT INTO audit_indexed (until) VALUES (0)",
    ),
    (
        # ``digest``: the SHA-256 of the text as it was handed in, with comments; ``operations``:
        # names with spaces between them. AUTOINCREMENT: a cursor stays good.
        """
        CREATE TABLE registered_documents (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            digest BLOB NOT NULL UNIQUE,
            text TEXT NOT NULL,
            operations TEXT NOT NULL,
            registered_at INTEGER NOT NULL,
            registered_by TEXT NOT NULL
        )
        """,
    ),
    (
        # The highest number that was ever given to an event: it outlives the events.
        "CREATE TABLE arrival_events_end (number INTEGER NOT NULL)",
        """
        INSERT INTO arrival_events_end (number)
            SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'arrival_events'
        """,
    ),
    (
        """
        CREATE TABLE leases (
            name TEXT PRIMARY KEY,
            holder TEXT NOT NULL,
            until INTEGER NOT NULL
        ) WITHOUT ROWID
        """,
    ),
    (
        # A file is kept whole; a server's log may have a beginning that is forgotten.
        "ALTER TABLE audit_tree ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE audit_tree ADD COLUMN note TEXT",
        "CREATE TABLE audit_leaves (number INTEGER PRIMARY KEY, hashes BLOB NOT NULL)",
    ),
    (
        # AUTOINCREMENT: whoever reads on from a number misses nothing.
        """
        CREATE TABLE outdated_statements (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            issuer TEXT NOT NULL,
            holder BLOB NOT NULL,
            since INTEGER NOT NULL
        )
        """,
        # Signed documents that all processes take, whichever machine has got them: ``region`` is
        # empty for a trust list. Each process verifies them for itself.
        """
        CREATE TABLE publications (
            kind TEXT NOT NULL,
            region TEXT NOT NULL,
            version INTEGER NOT NULL,
            digest TEXT NOT NULL,
            content BLOB NOT NULL,
            signatures BLOB,
            PRIMARY KEY (kind, region, version)
        ) WITHOUT ROWID
        """,
    ),
    (
        # Of entries that are forgotten, those of kinds that are kept for longer (``kept_apart``).
        """
        CREATE TABLE audit_kept (
            idx INTEGER PRIMARY KEY,
            kind INTEGER NOT NULL,
            at INTEGER NOT NULL,
            request TEXT NOT NULL,
            client TEXT NOT NULL,
            region TEXT,
            holder BLOB,
            content BLOB NOT NULL,
            hash BLOB NOT NULL,
            claims BLOB
        )
        """,
    ),
    (
        # Under which name the log goes on from ``first``, and why (``log_names``).
        """
        CREATE TABLE audit_logs (
            first INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            content TEXT NOT NULL
        )
        """,
    ),
    (
        # The epochs of the holder key; epoch 0 is the key of a hub that had records before there
        # were any, until the first process seals it. ``since``: from when on it counts as old.
        # One that is destroyed stays here until its links are gone.
        """
        CREATE TABLE holder_epochs (
            number INTEGER PRIMARY KEY,
            begins_at INTEGER NOT NULL,
            since INTEGER,
            is_destroyed INTEGER NOT NULL DEFAULT 0
        )
        """,
        """
        INSERT INTO holder_epochs (number, begins_at) SELECT 0, 0 WHERE
            EXISTS (SELECT 1 FROM audit_entries) OR EXISTS (SELECT 1 FROM lists)
            OR EXISTS (SELECT 1 FROM facts WHERE name = 'owner/holder_key')
        """,
        # Each secret under the key of the holder file; under two while that is being replaced.
        """
        CREATE TABLE holder_seals (
            epoch INTEGER NOT NULL,
            file_key TEXT NOT NULL,
            sealed BLOB NOT NULL,
            PRIMARY KEY (epoch, file_key)
        ) WITHOUT ROWID
        """,
        # The references of one person in several epochs share a random ``person``.
        """
        CREATE TABLE holder_links (
            holder BLOB PRIMARY KEY,
            person BLOB NOT NULL,
            epoch INTEGER NOT NULL
        ) WITHOUT ROWID
        """,
        "CREATE INDEX holder_links_by_person ON holder_links (person)",
        "CREATE INDEX holder_links_by_epoch ON holder_links (epoch)",
        "ALTER TABLE lists ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0",
    ),
    (
        # What each process of the hub signs with, and could: ``keys`` are ids with spaces between
        # them; ``seen_at`` as everywhere in microseconds.
        """
        CREATE TABLE hub_key_holders (
            worker TEXT PRIMARY KEY,
            keys TEXT NOT NULL,
            seen_at INTEGER NOT NULL
        ) WITHOUT ROWID
        """,
    ),
    (
        # Who is signed in to the pages, by the digest of what the browser holds; and one link for
        # each client that may sign in by one.
        """
        CREATE TABLE page_sessions (
            digest BLOB PRIMARY KEY,
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,
            state BLOB NOT NULL,
            used_at INTEGER NOT NULL,
            ends_at INTEGER NOT NULL
        ) WITHOUT ROWID
        """,
        "CREATE INDEX page_sessions_by_end ON page_sessions (ends_at)",
        """
        CREATE TABLE sign_in_links (
            client_id TEXT PRIMARY KEY,
            digest BLOB NOT NULL,
            ends_at INTEGER NOT NULL
        ) WITHOUT ROWID
        """,
        "CREATE UNIQUE INDEX sign_in_links_by_digest ON sign_in_links (digest)",
    ),
    (
        # Passes and the lists that say their color. ``serials``: how many passes a list ever had;
        # ``live``: how many lie in it. ``state`` is the number of the last published one, 0 before
        # the first; ``head`` and ``octets`` are what the next one is made from. ``closed_at``: the
        # hub was put back to an earlier state, and nobody knows all passes of the list.
        """
        CREATE TABLE status_lists (
            number INTEGER PRIMARY KEY,
            log TEXT NOT NULL,
            entries INTEGER NOT NULL,
            serials INTEGER NOT NULL,
            live INTEGER NOT NULL,
            state INTEGER NOT NULL,
            closed_at INTEGER,
            head TEXT,
            octets BLOB,
            snapshot TEXT
        )
        """,
        """
        CREATE TABLE status_deltas (
            list INTEGER NOT NULL,
            number INTEGER NOT NULL,
            made_at INTEGER NOT NULL,
            delta TEXT NOT NULL,
            PRIMARY KEY (list, number)
        ) WITHOUT ROWID
        """,
        # ``published`` is what the last state of the list says of it. ``basis`` is what its color
        # rests on (``passes.pass_basis``), judged again at ``holds_until``; ``trust_list`` is the
        # version by which that was verified.
        """
        CREATE TABLE passes (
            list INTEGER NOT NULL,
            idx INTEGER NOT NULL,
            serial INTEGER NOT NULL,
            holder BLOB NOT NULL,
            client TEXT NOT NULL,
            region TEXT NOT NULL,
            recognition INTEGER NOT NULL,
            ends_at INTEGER NOT NULL,
            holds_until INTEGER NOT NULL,
            trust_list INTEGER NOT NULL,
            status INTEGER NOT NULL,
            published INTEGER NOT NULL,
            basis BLOB NOT NULL,
            PRIMARY KEY (list, idx)
        ) WITHOUT ROWID
        """,
        # Where the holder of a pass lies on an issuer's daily lists (``list_entries``).
        """
        CREATE TABLE pass_listings (
            list INTEGER NOT NULL,
            idx INTEGER NOT NULL,
            issuer TEXT NOT NULL,
            epoch INTEGER NOT NULL,
            place BLOB NOT NULL,
            PRIMARY KEY (list, idx, issuer, epoch)
        ) WITHOUT ROWID
        """,
        "CREATE INDEX passes_by_holder ON passes (holder)",
        "CREATE INDEX passes_by_end ON passes (ends_at)",
        "CREATE INDEX passes_by_turn ON passes (holds_until)",
        "CREATE INDEX passes_changed ON passes (list, idx) WHERE status <> published",
        "CREATE INDEX passes_green ON passes (trust_list) WHERE status = 0",
    ),
    (
        # Sums of the log (``gateway/rollups``): how far it is counted, the cells that still grow,
        # and those that are sealed, each about ten people or more. ``tab`` and ``step`` are numbers
        # of theirs, ``words`` have bars between them.
        """
        CREATE TABLE rollup_counted (
            next_index INTEGER NOT NULL,
            closed_until INTEGER NOT NULL
        )
        """,
        "INSERT INTO rollup_counted (next_index, closed_until) VALUES (0, 0)",
        """
        CREATE TABLE rollup_open (
            step INTEGER NOT NULL,
            begins INTEGER NOT NULL,
            tab INTEGER NOT NULL,
            region TEXT NOT NULL,
            words TEXT NOT NULL,
            content BLOB NOT NULL,
            PRIMARY KEY (step, begins, tab, region, words)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE rollup_sealed (
            step INTEGER NOT NULL,
            begins INTEGER NOT NULL,
            tab INTEGER NOT NULL,
            region TEXT NOT NULL,
            words TEXT NOT NULL,
            content BLOB NOT NULL,
            PRIMARY KEY (step, tab, begins, region, words)
        ) WITHOUT ROWID
        """,
        # ``number`` is the index of the entry times 16, and a place among its pairs; ``holder`` is
        # there for as long as it is watched who turns out to be right.
        """
        CREATE TABLE disagreements (
            number INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            region TEXT NOT NULL,
            content BLOB NOT NULL,
            holder BLOB,
            right_issuer TEXT,
            proof TEXT,
            known_at INTEGER
        )
        """,
        """
        CREATE INDEX disagreements_by_holder ON disagreements (holder) WHERE holder IS NOT NULL
        """,
        "CREATE INDEX disagreements_by_time ON disagreements (at)",
    ),
    (
        # Devices that may become clients. ``digest``: the SHA-256 of the code; ``wrong``: how often
        # it was guessed at; ``used_by``: the thumbprint of the key that it was used with.
        """
        CREATE TABLE enrollments (
            handle TEXT PRIMARY KEY,
            client TEXT NOT NULL,
            digest BLOB NOT NULL,
            content BLOB NOT NULL,
            ends_at INTEGER NOT NULL,
            wrong INTEGER NOT NULL DEFAULT 0,
            used_by TEXT
        ) WITHOUT ROWID
        """,
        # Decisions of a gate without a network that were handed in: the log holds what they were,
        # ``digest`` only tells the same one from another under its id.
        """
        CREATE TABLE offline_decisions (
            id TEXT PRIMARY KEY,
            client TEXT NOT NULL,
            digest BLOB NOT NULL,
            decided_at INTEGER NOT NULL
        ) WITHOUT ROWID
        """,
        "CREATE INDEX offline_decisions_by_time ON offline_decisions (decided_at)",
    ),
    (
        # Who signs in through an organization's provider: the digest of its issuer and of the
        # person's subject there. And who has seen to an alarm: ``id`` is that of GraphQL.
        """
        CREATE TABLE person_subjects (
            digest BLOB PRIMARY KEY,
            client_id TEXT NOT NULL
        ) WITHOUT ROWID
        """,
        "CREATE UNIQUE INDEX person_subjects_by_client ON person_subjects (client_id)",
        """
        CREATE TABLE alarm_acknowledgements (
            id TEXT PRIMARY KEY,
            client_id TEXT NOT NULL,
            at INTEGER NOT NULL
        ) WITHOUT ROWID
        """,
    ),
    (
        # Alarms about what the hub believes, one for each ``about`` of a kind (``trust_alarms``),
        # and where the log holds the answers that they count. AUTOINCREMENT: an id stays good.
        """
        CREATE TABLE trust_alarms (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL,
            about TEXT NOT NULL,
            issuer TEXT,
            forgery TEXT,
            key_id TEXT,
            region TEXT,
            version INTEGER,
            ends_at INTEGER,
            raised_at INTEGER NOT NULL,
            last_at INTEGER NOT NULL,
            closed_at INTEGER,
            counted INTEGER NOT NULL,
            UNIQUE (kind, about)
        )
        """,
        """
        CREATE TABLE trust_alarm_evidence (
            alarm INTEGER NOT NULL,
            idx INTEGER NOT NULL,
            region TEXT NOT NULL,
            digest TEXT,
            PRIMARY KEY (alarm, region, idx)
        ) WITHOUT ROWID
        """,
        "ALTER TABLE alarm_acknowledgements ADD COLUMN note TEXT",
    ),
    (
        # How far each issuer's change feed is read (``answering.feed_store``); and whom its changes
        # are about: ``place`` is a keyed digest of the issuer's own name for them, ``holder`` is
        # there if anybody has asked about them, ``said`` is the last change, of ``said_at``.
        """
        CREATE TABLE feeds (
            issuer TEXT PRIMARY KEY,
            begins_at INTEGER NOT NULL,
            read_at INTEGER NOT NULL,
            number INTEGER,
            mark BLOB,
            epoch INTEGER
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE feed_holders (
            place BLOB PRIMARY KEY,
            holder BLOB,
            said BLOB,
            said_at INTEGER,
            until INTEGER NOT NULL
        ) WITHOUT ROWID
        """,
        "CREATE INDEX feed_holders_by_holder ON feed_holders (holder) WHERE holder IS NOT NULL",
        "CREATE INDEX feed_holders_by_end ON feed_holders (until)",
    ),
)
"""Step n leads from ``schema_version`` n to n + 1; SQLite keeps the number in ``user_version``."""

TREE_SINCE = 11
"""The ``schema_version`` from which on the log is a tree."""

INDEXED_BEHIND_SINCE = 12
"""The one from which on what is looked up is filled in behind it."""
