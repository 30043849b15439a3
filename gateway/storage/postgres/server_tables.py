"""Every table as PostgreSQL holds it, as the steps that led to it; never edit a released step.

The same tables and columns as in a file (``storage.tables``), which the same statements use. A
column named ``rowid`` counts what SQLite counts by itself; texts compare byte by byte. What grows
with the log lies in partitions (``partition_tables``).
"""

from tongxing.gateway.storage.postgres.partition_tables import FIRST_PARTITION, partition_made

SERVER_MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        # What SQLite calls so; the statements are shared.
        """
        CREATE FUNCTION instr(whole BYTEA, part BYTEA) RETURNS INTEGER
            LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN position(part IN whole)
        """,
        """
        CREATE TABLE audit_entries (
            idx BIGINT PRIMARY KEY,
            hash BYTEA NOT NULL,
            kind BIGINT NOT NULL,
            at BIGINT NOT NULL,
            request TEXT COLLATE "C" NOT NULL,
            client TEXT COLLATE "C" NOT NULL,
            region TEXT COLLATE "C",
            holder BYTEA,
            content BYTEA NOT NULL,
            claims BYTEA
        ) PARTITION BY RANGE (idx)
        """,
        # Small values, hashed and encrypted: trying to compress them only takes time.
        "ALTER TABLE audit_entries ALTER content SET STORAGE EXTERNAL",
        """
        CREATE TABLE audit_nodes (
            level BIGINT NOT NULL,
            number BIGINT NOT NULL,
            hash BYTEA NOT NULL,
            PRIMARY KEY (level, number)
        )
        """,
        """
        CREATE TABLE audit_tree (
            first_planted BIGINT NOT NULL,
            forgotten BIGINT NOT NULL,
            note TEXT
        )
        """,
        "INSERT INTO audit_tree (first_planted, forgotten) VALUES (0, 0)",
        # The leaves of 256 entries that are forgotten.
        """
        CREATE TABLE audit_leaves (
            number BIGINT PRIMARY KEY,
            hashes BYTEA NOT NULL
        )
        """,
        "ALTER TABLE audit_leaves ALTER hashes SET STORAGE EXTERNAL",
        """
        CREATE TABLE audit_holders (
            part BIGINT NOT NULL,
            prefix BYTEA NOT NULL,
            place BIGINT NOT NULL,
            PRIMARY KEY (part, prefix, place)
        ) PARTITION BY RANGE (part)
        """,
        """
        CREATE TABLE audit_requests (
            prefix TEXT COLLATE "C" NOT NULL,
            first BIGINT NOT NULL,
            last BIGINT NOT NULL,
            PRIMARY KEY (prefix, first)
        ) PARTITION BY RANGE (first)
        """,
        """
        CREATE TABLE audit_spans (
            span BIGINT PRIMARY KEY,
            first_at BIGINT NOT NULL,
            last_at BIGINT NOT NULL,
            marks BIGINT NOT NULL
        )
        """,
        """
        CREATE TABLE audit_partitions (
            begin BIGINT PRIMARY KEY,
            until BIGINT NOT NULL
        )
        """,
        *partition_made(FIRST_PARTITION),
        "CREATE TABLE audit_indexed (until BIGINT NOT NULL)",
        "INSERT INTO audit_indexed (until) VALUES (0)",
        """
        CREATE TABLE clients (
            id TEXT COLLATE "C" PRIMARY KEY,
            content BYTEA NOT NULL,
            created_at BIGINT NOT NULL,
            revoked_at BIGINT
        )
        """,
        """
        CREATE TABLE used_once (
            digest BYTEA PRIMARY KEY,
            expires_at BIGINT NOT NULL
        )
        """,
        "CREATE INDEX used_once_by_end ON used_once (expires_at)",
        """
        CREATE TABLE facts (
            name TEXT COLLATE "C" PRIMARY KEY,
            version BIGINT NOT NULL,
            digest TEXT NOT NULL
        )
        """,
        """
        CREATE TABLE history (
            rowid BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            holder BYTEA NOT NULL,
            issuer TEXT NOT NULL,
            place TEXT NOT NULL,
            color TEXT NOT NULL,
            basis TEXT NOT NULL,
            previous_color TEXT,
            as_of BIGINT NOT NULL,
            changed_at BIGINT,
            known_at BIGINT NOT NULL,
            digest TEXT,
            kept_until BIGINT NOT NULL
        )
        """,
        "CREATE INDEX history_by_holder ON history (holder, known_at)",
        "CREATE INDEX history_by_end ON history (kept_until)",
        """
        CREATE TABLE arrivals (
            number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            id BYTEA NOT NULL UNIQUE,
            holder BYTEA NOT NULL,
            district TEXT COLLATE "C" NOT NULL,
            purpose TEXT NOT NULL,
            color TEXT NOT NULL,
            decision TEXT NOT NULL,
            recognition BIGINT NOT NULL,
            recorded_at BIGINT NOT NULL,
            recorded_by TEXT NOT NULL,
            acknowledged_at BIGINT,
            acknowledged_by TEXT,
            receipt BYTEA,
            withdrawn_at BIGINT,
            changed_color TEXT,
            change_known_at BIGINT
        )
        """,
        "CREATE INDEX arrivals_by_time ON arrivals (recorded_at)",
        "CREATE INDEX arrivals_by_receipt ON arrivals (receipt)",
        "CREATE INDEX arrivals_by_holder ON arrivals (holder)",
        """
        CREATE INDEX arrivals_open ON arrivals (number)
            WHERE acknowledged_at IS NULL AND withdrawn_at IS NULL
        """,
        """
        CREATE TABLE arrival_colors (
            arrival BIGINT NOT NULL REFERENCES arrivals ON DELETE CASCADE,
            issuer TEXT NOT NULL,
            place TEXT NOT NULL,
            color TEXT NOT NULL,
            as_of BIGINT NOT NULL,
            PRIMARY KEY (arrival, issuer, place)
        )
        """,
        """
        CREATE TABLE arrival_events (
            number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            arrival BIGINT NOT NULL REFERENCES arrivals ON DELETE CASCADE,
            kind TEXT NOT NULL,
            color TEXT,
            known_at BIGINT
        )
        """,
        "CREATE INDEX arrival_events_by_arrival ON arrival_events (arrival)",
        "CREATE TABLE arrival_events_end (number BIGINT NOT NULL)",
        "INSERT INTO arrival_events_end (number) VALUES (0)",
        """
        CREATE TABLE flips (
            rowid BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            issuer TEXT COLLATE "C" NOT NULL,
            basis TEXT COLLATE "C" NOT NULL,
            holder BYTEA NOT NULL,
            turned_at BIGINT NOT NULL,
            digest TEXT NOT NULL,
            UNIQUE (issuer, basis, holder, turned_at)
        )
        """,
        "CREATE INDEX flips_by_source ON flips (issuer, basis, turned_at)",
        "CREATE INDEX flips_by_time ON flips (turned_at)",
        """
        CREATE TABLE alarms (
            number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            issuer TEXT NOT NULL,
            basis TEXT NOT NULL,
            first_at BIGINT NOT NULL,
            last_at BIGINT NOT NULL,
            raised_at BIGINT NOT NULL,
            people BIGINT NOT NULL,
            threshold BIGINT NOT NULL,
            region TEXT NOT NULL,
            version BIGINT NOT NULL
        )
        """,
        """
        CREATE TABLE alarm_evidence (
            rowid BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            alarm BIGINT NOT NULL,
            digest TEXT NOT NULL,
            UNIQUE (alarm, digest)
        )
        """,
        "CREATE INDEX alarm_evidence_by_alarm ON alarm_evidence (alarm, rowid)",
        """
        CREATE TABLE corrections (
            id BYTEA PRIMARY KEY,
            holder BYTEA NOT NULL,
            issuer TEXT NOT NULL,
            mistake TEXT NOT NULL,
            digest TEXT NOT NULL,
            region TEXT NOT NULL,
            reference TEXT NOT NULL,
            state TEXT NOT NULL,
            reported_at BIGINT NOT NULL,
            reported_by TEXT NOT NULL,
            decided_at BIGINT
        )
        """,
        "CREATE INDEX corrections_by_time ON corrections (reported_at)",
        """
        CREATE TABLE lists (
            number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            issuer TEXT NOT NULL,
            as_of BIGINT NOT NULL,
            head BYTEA NOT NULL,
            complete BIGINT NOT NULL
        )
        """,
        """
        CREATE TABLE list_entries (
            list BIGINT NOT NULL,
            holder BYTEA NOT NULL,
            color TEXT NOT NULL,
            basis TEXT NOT NULL,
            place TEXT NOT NULL,
            changed_at BIGINT,
            PRIMARY KEY (list, holder)
        )
        """,
        """
        CREATE TABLE guesses (
            document BYTEA PRIMARY KEY,
            prefix BYTEA NOT NULL,
            ends BYTEA,
            number BYTEA NOT NULL,
            name BYTEA NOT NULL,
            asked_at BIGINT NOT NULL,
            counted_on BIGINT
        )
        """,
        "CREATE INDEX guesses_by_prefix ON guesses (prefix, asked_at)",
        "CREATE INDEX guesses_by_ends ON guesses (ends, asked_at) WHERE ends IS NOT NULL",
        "CREATE INDEX guesses_by_number ON guesses (number, asked_at)",
        "CREATE INDEX guesses_by_name ON guesses (name, asked_at)",
        "CREATE INDEX guesses_by_time ON guesses (asked_at)",
        """
        CREATE TABLE tallies (
            client TEXT COLLATE "C" NOT NULL,
            day BIGINT NOT NULL,
            asked BIGINT NOT NULL,
            confirmed BIGINT NOT NULL,
            unconfirmed BIGINT NOT NULL,
            impossible BIGINT NOT NULL,
            scanned BIGINT NOT NULL,
            wrong_codes BIGINT NOT NULL,
            PRIMARY KEY (client, day)
        )
        """,
        "CREATE INDEX tallies_by_day ON tallies (day)",
        """
        CREATE TABLE client_stops (
            number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            client TEXT COLLATE "C" NOT NULL,
            reason TEXT NOT NULL,
            counted BIGINT NOT NULL,
            allowed BIGINT NOT NULL,
            stopped_at BIGINT NOT NULL,
            resumed_at BIGINT
        )
        """,
        "CREATE INDEX client_stops_by_client ON client_stops (client, number)",
        """
        CREATE TABLE registered_documents (
            number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            digest BYTEA NOT NULL UNIQUE,
            text TEXT NOT NULL,
            operations TEXT NOT NULL,
            registered_at BIGINT NOT NULL,
            registered_by TEXT NOT NULL
        )
        """,
        """
        CREATE TABLE leases (
            name TEXT PRIMARY KEY,
            holder TEXT NOT NULL,
            until BIGINT NOT NULL
        )
        """,
    ),
    (
        """
        CREATE TABLE outdated_statements (
            number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            issuer TEXT NOT NULL,
            holder BYTEA NOT NULL,
            since BIGINT NOT NULL
        )
        """,
        """
        CREATE TABLE publications (
            kind TEXT COLLATE "C" NOT NULL,
            region TEXT COLLATE "C" NOT NULL,
            version BIGINT NOT NULL,
            digest TEXT NOT NULL,
            content BYTEA NOT NULL,
            signatures BYTEA,
            PRIMARY KEY (kind, region, version)
        )
        """,
    ),
    (
        """
        CREATE TABLE audit_kept (
            idx BIGINT PRIMARY KEY,
            hash BYTEA NOT NULL,
            kind BIGINT NOT NULL,
            at BIGINT NOT NULL,
            request TEXT COLLATE "C" NOT NULL,
            client TEXT COLLATE "C" NOT NULL,
            region TEXT COLLATE "C",
            holder BYTEA,
            content BYTEA NOT NULL,
            claims BYTEA
        )
        """,
    ),
    (
        """
        CREATE TABLE audit_logs (
            first BIGINT PRIMARY KEY,
            name TEXT NOT NULL,
            content TEXT NOT NULL
        )
        """,
    ),
    (
        # As in a file (``storage.tables``), where it is said what they are.
        """
        CREATE TABLE holder_epochs (
            number BIGINT PRIMARY KEY,
            begins_at BIGINT NOT NULL,
            since BIGINT,
            is_destroyed BIGINT NOT NULL DEFAULT 0
        )
        """,
        """
        INSERT INTO holder_epochs (number, begins_at) SELECT 0, 0 WHERE
            EXISTS (SELECT 1 FROM audit_entries) OR EXISTS (SELECT 1 FROM lists)
            OR EXISTS (SELECT 1 FROM facts WHERE name = 'owner/holder_key')
        """,
        """
        CREATE TABLE holder_seals (
            epoch BIGINT NOT NULL,
            file_key TEXT NOT NULL,
            sealed BYTEA NOT NULL,
            PRIMARY KEY (epoch, file_key)
        )
        """,
        """
        CREATE TABLE holder_links (
            holder BYTEA PRIMARY KEY,
            person BYTEA NOT NULL,
            epoch BIGINT NOT NULL
        )
        """,
        "CREATE INDEX holder_links_by_person ON holder_links (person)",
        "CREATE INDEX holder_links_by_epoch ON holder_links (epoch)",
        "ALTER TABLE lists ADD COLUMN epoch BIGINT NOT NULL DEFAULT 0",
    ),
    (
        """
        CREATE TABLE hub_key_holders (
            worker TEXT COLLATE "C" PRIMARY KEY,
            keys TEXT NOT NULL,
            seen_at BIGINT NOT NULL
        )
        """,
    ),
    (
        """
        CREATE TABLE page_sessions (
            digest BYTEA PRIMARY KEY,
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,
            state BYTEA NOT NULL,
            used_at BIGINT NOT NULL,
            ends_at BIGINT NOT NULL
        )
        """,
        "CREATE INDEX page_sessions_by_end ON page_sessions (ends_at)",
        """
        CREATE TABLE sign_in_links (
            client_id TEXT COLLATE "C" PRIMARY KEY,
            digest BYTEA NOT NULL,
            ends_at BIGINT NOT NULL
        )
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
            number BIGINT PRIMARY KEY,
            log TEXT NOT NULL,
            entries BIGINT NOT NULL,
            serials BIGINT NOT NULL,
            live BIGINT NOT NULL,
            state BIGINT NOT NULL,
            closed_at BIGINT,
            head TEXT,
            octets BYTEA,
            snapshot TEXT
        )
        """,
        """
        CREATE TABLE status_deltas (
            list BIGINT NOT NULL,
            number BIGINT NOT NULL,
            made_at BIGINT NOT NULL,
            delta TEXT NOT NULL,
            PRIMARY KEY (list, number)
        )
        """,
        # ``published`` is what the last state of the list says of it. ``basis`` is what its color
        # rests on (``passes.pass_basis``), judged again at ``holds_until``; ``trust_list`` is the
        # version by which that was verified.
        """
        CREATE TABLE passes (
            list BIGINT NOT NULL,
            idx BIGINT NOT NULL,
            serial BIGINT NOT NULL,
            holder BYTEA NOT NULL,
            client TEXT NOT NULL,
            region TEXT NOT NULL,
            recognition BIGINT NOT NULL,
            ends_at BIGINT NOT NULL,
            holds_until BIGINT NOT NULL,
            trust_list BIGINT NOT NULL,
            status BIGINT NOT NULL,
            published BIGINT NOT NULL,
            basis BYTEA NOT NULL,
            PRIMARY KEY (list, idx)
        )
        """,
        # Where the holder of a pass lies on an issuer's daily lists (``list_entries``).
        """
        CREATE TABLE pass_listings (
            list BIGINT NOT NULL,
            idx BIGINT NOT NULL,
            issuer TEXT NOT NULL,
            epoch BIGINT NOT NULL,
            place BYTEA NOT NULL,
            PRIMARY KEY (list, idx, issuer, epoch)
        )
        """,
        "CREATE INDEX passes_by_holder ON passes (holder)",
        "CREATE INDEX passes_by_end ON passes (ends_at)",
        "CREATE INDEX passes_by_turn ON passes (holds_until)",
        "CREATE INDEX passes_changed ON passes (list, idx) WHERE status <> published",
        "CREATE INDEX passes_green ON passes (trust_list) WHERE status = 0",
    ),
    (
        # As in a file (``storage.tables``), where it is said what they are.
        """
        CREATE TABLE rollup_counted (
            next_index BIGINT NOT NULL,
            closed_until BIGINT NOT NULL
        )
        """,
        "INSERT INTO rollup_counted (next_index, closed_until) VALUES (0, 0)",
        """
        CREATE TABLE rollup_open (
            step BIGINT NOT NULL,
            begins BIGINT NOT NULL,
            tab BIGINT NOT NULL,
            region TEXT COLLATE "C" NOT NULL,
            words TEXT COLLATE "C" NOT NULL,
            content BYTEA NOT NULL,
            PRIMARY KEY (step, begins, tab, region, words)
        )
        """,
        """
        CREATE TABLE rollup_sealed (
            step BIGINT NOT NULL,
            begins BIGINT NOT NULL,
            tab BIGINT NOT NULL,
            region TEXT COLLATE "C" NOT NULL,
            words TEXT COLLATE "C" NOT NULL,
            content BYTEA NOT NULL,
            PRIMARY KEY (step, tab, begins, region, words)
        )
        """,
        """
        CREATE TABLE disagreements (
            number BIGINT PRIMARY KEY,
            at BIGINT NOT NULL,
            region TEXT NOT NULL,
            content BYTEA NOT NULL,
            holder BYTEA,
            right_issuer TEXT,
            proof TEXT,
            known_at BIGINT
        )
        """,
        """
        CREATE INDEX disagreements_by_holder ON disagreements (holder) WHERE holder IS NOT NULL
        """,
        "CREATE INDEX disagreements_by_time ON disagreements (at)",
    ),
    (
        # As in a file (``storage.tables``).
        """
        CREATE TABLE enrollments (
            handle TEXT COLLATE "C" PRIMARY KEY,
            client TEXT COLLATE "C" NOT NULL,
            digest BYTEA NOT NULL,
            content BYTEA NOT NULL,
            ends_at BIGINT NOT NULL,
            wrong BIGINT NOT NULL DEFAULT 0,
            used_by TEXT
        )
        """,
        """
        CREATE TABLE offline_decisions (
            id TEXT COLLATE "C" PRIMARY KEY,
            client TEXT COLLATE "C" NOT NULL,
            digest BYTEA NOT NULL,
            decided_at BIGINT NOT NULL
        )
        """,
        "CREATE INDEX offline_decisions_by_time ON offline_decisions (decided_at)",
    ),
    (
        # As in a file (``storage.tables``).
        """
        CREATE TABLE person_subjects (
            digest BYTEA PRIMARY KEY,
            client_id TEXT COLLATE "C" NOT NULL
        )
        """,
        "CREATE UNIQUE INDEX person_subjects_by_client ON person_subjects (client_id)",
        """
        CREATE TABLE alarm_acknowledgements (
            id TEXT COLLATE "C" PRIMARY KEY,
            client_id TEXT COLLATE "C" NOT NULL,
            at BIGINT NOT NULL
        )
        """,
    ),
    (
        # As in a file (``storage.tables``).
        """
        CREATE TABLE trust_alarms (
            number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            kind TEXT COLLATE "C" NOT NULL,
            about TEXT COLLATE "C" NOT NULL,
            issuer TEXT,
            forgery TEXT,
            key_id TEXT,
            region TEXT,
            version BIGINT,
            ends_at BIGINT,
            raised_at BIGINT NOT NULL,
            last_at BIGINT NOT NULL,
            closed_at BIGINT,
            counted BIGINT NOT NULL,
            UNIQUE (kind, about)
        )
        """,
        """
        CREATE TABLE trust_alarm_evidence (
            alarm BIGINT NOT NULL,
            idx BIGINT NOT NULL,
            region TEXT COLLATE "C" NOT NULL,
            digest TEXT,
            PRIMARY KEY (alarm, region, idx)
        )
        """,
        "ALTER TABLE alarm_acknowledgements ADD COLUMN note TEXT",
    ),
    (
        # As in a file (``storage.tables``).
        """
        CREATE TABLE feeds (
            issuer TEXT COLLATE "C" PRIMARY KEY,
            begins_at BIGINT NOT NULL,
            read_at BIGINT NOT NULL,
            number BIGINT,
            mark BYTEA,
            epoch BIGINT
        )
        """,
        """
        CREATE TABLE feed_holders (
            place BYTEA PRIMARY KEY,
            holder BYTEA,
            said BYTEA,
            said_at BIGINT,
            until BIGINT NOT NULL
        )
        """,
        "CREATE INDEX feed_holders_by_holder ON feed_holders (holder) WHERE holder IS NOT NULL",
        "CREATE INDEX feed_holders_by_end ON feed_holders (until)",
    ),
)
"""Step n leads from version n to n + 1; the table ``tongxing`` keeps the number."""
