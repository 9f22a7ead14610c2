-- A history of version 1, as Headwater wrote it before questions had attachments.
PRAGMA application_id = 1214543732;
PRAGMA user_version = 1;
CREATE TABLE conversations (
        id TEXT PRIMARY KEY,
        title TEXT NOT NULL DEFAULT '',
        title_folded TEXT NOT NULL DEFAULT '',
        leaf_id TEXT NOT NULL DEFAULT '',
        created TEXT NOT NULL,
        updated TEXT NOT NULL,
        activity INTEGER NOT NULL
    );
CREATE INDEX conversations_by_activity ON conversations (activity);
CREATE TABLE turns (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
        parent_id TEXT NOT NULL,
        question TEXT NOT NULL
    );
CREATE INDEX turns_by_conversation ON turns (conversation_id, number);
CREATE TABLE answers (
        turn INTEGER PRIMARY KEY REFERENCES turns (number) ON DELETE CASCADE,
        status TEXT NOT NULL,
        owner TEXT NOT NULL,
        cost REAL,
        record TEXT NOT NULL,
        text TEXT NOT NULL,
        reasoning TEXT NOT NULL
    );
CREATE INDEX running_answers ON answers (owner) WHERE status = 'running';
CREATE TABLE pieces (
        seq INTEGER PRIMARY KEY,
        turn INTEGER NOT NULL REFERENCES turns (number) ON DELETE CASCADE,
        text BLOB NOT NULL,
        reasoning BLOB NOT NULL
    );
CREATE INDEX pieces_by_turn ON pieces (turn, seq);
CREATE VIRTUAL TABLE search USING fts5 (
        question, answer, sources, tokenize = 'trigram case_sensitive 1', detail = none
    );
INSERT INTO conversations VALUES ('00112233445566ff', 'What is a bridge?', ' what is a bridge?', 'fedcba9876543210', '2026-11-20T08:30:00+00:00', '2026-11-20T08:30:00+00:00', 3);
INSERT INTO turns VALUES (1, '0123456789abcdef', '00112233445566ff', '', '{"text":"What is a bridge?","provider_id":"perplexity","dialect":"agent","base_url":"https://api.perplexity.ai/v1","model":"","options":{"instructions":"","max_tokens":null,"temperature":null,"top_p":null,"stop_after":null,"stream":true,"effort":"","background":false,"search":{"enabled":true,"recency":"","domains":[],"context_size":"","mode":"","after_date":"","before_date":""}},"asked_at":"2026-11-20T08:30:00+00:00","continues":""}');
INSERT INTO turns VALUES (2, 'fedcba9876543210', '00112233445566ff', '0123456789abcdef', '{"text":"And a tunnel?","provider_id":"perplexity","dialect":"agent","base_url":"https://api.perplexity.ai/v1","model":"","options":{"instructions":"","max_tokens":null,"temperature":null,"top_p":null,"stop_after":null,"stream":true,"effort":"","background":false,"search":{"enabled":true,"recency":"","domains":[],"context_size":"","mode":"","after_date":"","before_date":""}},"asked_at":"2026-11-20T08:30:00+00:00","continues":""}');
INSERT INTO answers VALUES (1, 'complete', '15ec6d9bdac2fbc6', 0.0125, '{"sources":[{"id":"1","url":"https://www.bridges.org/a","title":"Spans","snippet":"","published":"","updated":"","aliases":[]}],"pictures":[],"follow_ups":[],"queries":[],"usage":{"input_tokens":10,"output_tokens":20,"total_tokens":30,"cached_tokens":null,"reasoning_tokens":null,"searches":null,"cost":0.0125,"currency":"USD"},"timing":{"first_word":null,"total":null},"model":"","response_id":"","finish_reason":null,"attempts":1,"state":{"is":"complete"}}', 'A bridge carries a road [1].', '');
INSERT INTO answers VALUES (2, 'complete', '15ec6d9bdac2fbc6', NULL, '{"sources":[],"pictures":[],"follow_ups":[],"queries":[],"usage":null,"timing":{"first_word":null,"total":null},"model":"","response_id":"","finish_reason":null,"attempts":1,"state":{"is":"complete"}}', 'It goes below.', '');
INSERT INTO search (rowid, question, answer, sources) VALUES (1, ' what is a bridge?', ' a bridge carries a road [1].', ' spans bridges.org');
INSERT INTO search (rowid, question, answer, sources) VALUES (2, ' and a tunnel?', ' it goes below.', ' ');
