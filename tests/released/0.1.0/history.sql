PRAGMA application_id = 1214543732;
PRAGMA user_version = 3;
CREATE TABLE conversations (
        id TEXT PRIMARY KEY,
        title TEXT NOT NULL DEFAULT '',
        title_folded TEXT NOT NULL DEFAULT '',
        leaf_id TEXT NOT NULL DEFAULT '',
        created TEXT NOT NULL,
        updated TEXT NOT NULL,
        activity INTEGER NOT NULL
    , deleted TEXT);
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
CREATE TABLE attachments (
        turn INTEGER NOT NULL REFERENCES turns (number) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        name TEXT NOT NULL,
        media_type TEXT NOT NULL,
        data BLOB NOT NULL,
        PRIMARY KEY (turn, position)
    );
CREATE INDEX deleted_conversations ON conversations (deleted) WHERE deleted IS NOT NULL;
INSERT INTO conversations (id, title, title_folded, leaf_id, created, updated, activity, deleted) VALUES ('ffeaf8d9c368e77f', 'Is the café open?', ' is the cafe open?', '51a72f23065f4950', '2026-11-21T06:26:07.845094+00:00', '2026-11-21T06:26:08.051919+00:00', 5, NULL);
INSERT INTO conversations (id, title, title_folded, leaf_id, created, updated, activity, deleted) VALUES ('b4543b362bd6f89d', 'Tell me both halves', ' tell me both halves', '7dc26c22cf752b5f', '2026-11-21T06:26:08.056918+00:00', '2026-11-21T06:26:08.064729+00:00', 9, NULL);
INSERT INTO conversations (id, title, title_folded, leaf_id, created, updated, activity, deleted) VALUES ('2da0664bef0ff913', 'A title “of my own”', ' a title “of my own”', 'a5346e344f86a5ac', '2026-11-21T06:26:08.068638+00:00', '2026-11-21T06:26:08.542197+00:00', 12, NULL);
INSERT INTO conversations (id, title, title_folded, leaf_id, created, updated, activity, deleted) VALUES ('d00e892b76b817c3', 'What is lost when a process dies?', ' what is lost when a process dies?', 'd2329708411625bb', '2026-11-21T06:26:08.568670+00:00', '2026-11-21T06:26:08.568695+00:00', 14, NULL);
INSERT INTO turns (number, id, conversation_id, parent_id, question) VALUES (1, '6bf57fbac36fea91', 'ffeaf8d9c368e77f', '', '{"text":"Is the café open?","provider_id":"custom","dialect":"agent","base_url":"http://127.0.0.1:41375/v1","model":"m","options":{"instructions":"Be brief.\nSay where it stands.","max_tokens":900,"temperature":0.25,"top_p":0.75,"stop_after":5000,"stream":true,"effort":"medium","background":true,"search":{"enabled":true,"recency":"month","domains":["example.org","-example.com"],"context_size":"high","mode":"academic","after_date":"2026-01-02","before_date":"2026-11-20"}},"asked_at":"2026-11-21T06:26:07.845127+00:00","continues":""}');
INSERT INTO turns (number, id, conversation_id, parent_id, question) VALUES (2, '4493aafc582c0d64', 'ffeaf8d9c368e77f', '', '{"text":"Is the café open?","provider_id":"custom","dialect":"agent","base_url":"http://127.0.0.1:41375/v1","model":"m","options":{"instructions":"Be brief.\nSay where it stands.","max_tokens":900,"temperature":0.25,"top_p":0.75,"stop_after":5000,"stream":true,"effort":"medium","background":true,"search":{"enabled":true,"recency":"month","domains":["example.org","-example.com"],"context_size":"high","mode":"academic","after_date":"2026-01-02","before_date":"2026-11-20"}},"asked_at":"2026-11-21T06:26:08.041204+00:00","continues":""}');
INSERT INTO turns (number, id, conversation_id, parent_id, question) VALUES (3, '4345ee8e3d8ed938', 'ffeaf8d9c368e77f', '', '{"text":"Is the café open?","provider_id":"custom","dialect":"agent","base_url":"http://127.0.0.1:41375/v1","model":"m","options":{"instructions":"Be brief.\nSay where it stands.","max_tokens":900,"temperature":0.25,"top_p":0.75,"stop_after":5000,"stream":true,"effort":"medium","background":true,"search":{"enabled":true,"recency":"month","domains":["example.org","-example.com"],"context_size":"high","mode":"academic","after_date":"2026-01-02","before_date":"2026-11-20"}},"asked_at":"2026-11-21T06:26:08.046704+00:00","continues":""}');
INSERT INTO turns (number, id, conversation_id, parent_id, question) VALUES (4, '51a72f23065f4950', 'ffeaf8d9c368e77f', '4493aafc582c0d64', '{"text":"And what does this show?","provider_id":"custom","dialect":"chat-completions","base_url":"http://127.0.0.1:41375/v1","model":"m","options":{"instructions":"","max_tokens":null,"temperature":null,"top_p":null,"stop_after":null,"stream":true,"effort":"","background":false,"search":{"enabled":true,"recency":"","domains":[],"context_size":"","mode":"","after_date":"","before_date":""}},"asked_at":"2026-11-21T06:26:08.051919+00:00","continues":""}');
INSERT INTO turns (number, id, conversation_id, parent_id, question) VALUES (5, '7dc26c22cf752b5f', 'b4543b362bd6f89d', '', '{"text":"Tell me both halves","provider_id":"custom","dialect":"chat-completions","base_url":"http://127.0.0.1:41375/v1","model":"m","options":{"instructions":"","max_tokens":null,"temperature":null,"top_p":null,"stop_after":null,"stream":true,"effort":"","background":false,"search":{"enabled":true,"recency":"","domains":[],"context_size":"","mode":"","after_date":"","before_date":""}},"asked_at":"2026-11-21T06:26:08.056942+00:00","continues":""}');
INSERT INTO turns (number, id, conversation_id, parent_id, question) VALUES (6, 'c030f0799884957a', 'b4543b362bd6f89d', '', '{"text":"Tell me both halves","provider_id":"custom","dialect":"chat-completions","base_url":"http://127.0.0.1:41375/v1","model":"m","options":{"instructions":"","max_tokens":null,"temperature":null,"top_p":null,"stop_after":null,"stream":true,"effort":"","background":false,"search":{"enabled":false,"recency":"","domains":[],"context_size":"","mode":"","after_date":"","before_date":""}},"asked_at":"2026-11-21T06:26:08.060978+00:00","continues":"This is the first half, "}');
INSERT INTO turns (number, id, conversation_id, parent_id, question) VALUES (7, 'd837c588de778c37', 'b4543b362bd6f89d', '', '{"text":"Tell me something short","provider_id":"custom","dialect":"chat-completions","base_url":"http://127.0.0.1:41375/v1","model":"m","options":{"instructions":"","max_tokens":null,"temperature":null,"top_p":null,"stop_after":null,"stream":false,"effort":"","background":false,"search":{"enabled":true,"recency":"","domains":[],"context_size":"","mode":"","after_date":"","before_date":""}},"asked_at":"2026-11-21T06:26:08.064729+00:00","continues":""}');
INSERT INTO turns (number, id, conversation_id, parent_id, question) VALUES (8, '4e09d7de7a016f5d', '2da0664bef0ff913', '', '{"text":"Is anybody there?","provider_id":"custom","dialect":"chat-completions","base_url":"http://127.0.0.1:41375/v1","model":"m","options":{"instructions":"","max_tokens":null,"temperature":null,"top_p":null,"stop_after":null,"stream":true,"effort":"","background":false,"search":{"enabled":true,"recency":"","domains":[],"context_size":"","mode":"","after_date":"","before_date":""}},"asked_at":"2026-11-21T06:26:08.068658+00:00","continues":""}');
INSERT INTO turns (number, id, conversation_id, parent_id, question) VALUES (9, 'a5346e344f86a5ac', '2da0664bef0ff913', '4e09d7de7a016f5d', '{"text":"Now take your time","provider_id":"custom","dialect":"chat-completions","base_url":"http://127.0.0.1:41375/v1","model":"m","options":{"instructions":"","max_tokens":null,"temperature":null,"top_p":null,"stop_after":null,"stream":true,"effort":"","background":false,"search":{"enabled":true,"recency":"","domains":[],"context_size":"","mode":"","after_date":"","before_date":""}},"asked_at":"2026-11-21T06:26:08.542197+00:00","continues":""}');
INSERT INTO turns (number, id, conversation_id, parent_id, question) VALUES (10, 'd2329708411625bb', 'd00e892b76b817c3', '', '{"text":"What is lost when a process dies?","provider_id":"custom","dialect":"chat-completions","base_url":"http://127.0.0.1:41375/v1","model":"m","options":{"instructions":"","max_tokens":null,"temperature":null,"top_p":null,"stop_after":null,"stream":true,"effort":"","background":false,"search":{"enabled":true,"recency":"","domains":[],"context_size":"","mode":"","after_date":"","before_date":""}},"asked_at":"2026-11-21T06:26:08.568695+00:00","continues":""}');
INSERT INTO answers (turn, status, owner, cost, record, text, reasoning) VALUES (1, 'complete', 'f2c1e5e1e83d87d9', 0.00105, '{"sources":[{"id":"1","url":"https://example.org/a","title":"A","snippet":"Alpha\n...\n**Beta**","published":"2024-03-04","updated":"2026-09-25","aliases":[]},{"id":"2","url":"https://example.org/b","title":"B","snippet":"B","published":"","updated":"2026-09-23","aliases":[]}],"pictures":[],"follow_ups":[],"queries":["open cafes"],"usage":{"input_tokens":3007,"output_tokens":37,"total_tokens":3044,"cached_tokens":3004,"reasoning_tokens":0,"searches":1,"cost":0.00105,"currency":"USD"},"timing":{"first_word":0.19330573299521348,"total":0.19442634400184033,"thought":null},"model":"openai/gpt-6-luna","response_id":"resp_00000000-0000-4000-8000-000000000001","finish_reason":"stop","attempts":1,"cursor":{"number":15,"text_length":20,"reasoning_length":0},"state":{"is":"complete"}}', 'The café is open.[1]', '');
INSERT INTO answers (turn, status, owner, cost, record, text, reasoning) VALUES (2, 'complete', 'f2c1e5e1e83d87d9', NULL, '{"sources":[],"pictures":[{"url":"https://example.org/c.png","page_url":"https://example.org/c","title":""}],"follow_ups":[],"queries":["cats"],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3,"cached_tokens":null,"reasoning_tokens":null,"searches":null,"cost":null,"currency":"USD"},"timing":{"first_word":0.0030464929950539954,"total":0.004342756998084951,"thought":0.0},"model":"x/y","response_id":"resp_1","finish_reason":"stop","attempts":1,"cursor":{"number":6,"text_length":6,"reasoning_length":20},"state":{"is":"complete"}}', 'A cat.', 'First I plan.

Done.');
INSERT INTO answers (turn, status, owner, cost, record, text, reasoning) VALUES (3, 'failed', 'f2c1e5e1e83d87d9', NULL, '{"sources":[],"pictures":[],"follow_ups":[],"queries":[],"usage":null,"timing":{"first_word":null,"total":0.004220394999720156,"thought":null},"model":"","response_id":"","finish_reason":null,"attempts":1,"cursor":null,"state":{"is":"failed","failure":{"kind":"rate-limit","title":"Another server asks for a pause.","detail":"Too many requests came in a short time. The server says: Too fast","remedy":"retry","status":429,"retryable":true,"retry_after":120.0,"raw":"{\"error\": {\"message\": \"Too fast\"}}"}}}', '', '');
INSERT INTO answers (turn, status, owner, cost, record, text, reasoning) VALUES (4, 'complete', 'f2c1e5e1e83d87d9', NULL, '{"sources":[],"pictures":[{"url":"https://example.org/i.png","page_url":"https://example.org/a","title":"I"}],"follow_ups":["And now?","Why?"],"queries":[],"usage":null,"timing":{"first_word":0.0036404290003702044,"total":0.003947638004319742,"thought":null},"model":"","response_id":"","finish_reason":"stop","attempts":1,"cursor":null,"state":{"is":"complete"}}', 'x', '');
INSERT INTO answers (turn, status, owner, cost, record, text, reasoning) VALUES (5, 'incomplete', 'f2c1e5e1e83d87d9', NULL, '{"sources":[],"pictures":[],"follow_ups":[],"queries":[],"usage":null,"timing":{"first_word":0.002665925996552687,"total":0.0031289469989133067,"thought":null},"model":"","response_id":"","finish_reason":null,"attempts":1,"cursor":null,"state":{"is":"failed","failure":{"kind":"stream-broken","title":"The connection was lost.","detail":"The server closed the stream before the answer was finished.","remedy":"retry","status":null,"retryable":false,"retry_after":null,"raw":""}}}', 'This is the first half, ', '');
INSERT INTO answers (turn, status, owner, cost, record, text, reasoning) VALUES (6, 'complete', 'f2c1e5e1e83d87d9', NULL, '{"sources":[],"pictures":[],"follow_ups":[],"queries":[],"usage":null,"timing":{"first_word":0.002621018997160718,"total":0.002621018997160718,"thought":null},"model":"","response_id":"","finish_reason":"stop","attempts":1,"cursor":null,"state":{"is":"complete"}}', 'This is the first half, came the rest.', '');
INSERT INTO answers (turn, status, owner, cost, record, text, reasoning) VALUES (7, 'complete', 'f2c1e5e1e83d87d9', NULL, '{"sources":[{"id":"1","url":"https://example.org/a","title":"","snippet":"","published":"","updated":"","aliases":[]}],"pictures":[],"follow_ups":[],"queries":[],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3,"cached_tokens":null,"reasoning_tokens":null,"searches":null,"cost":null,"currency":"USD"},"timing":{"first_word":0.002703681995626539,"total":0.002703681995626539,"thought":0.0},"model":"sonar","response_id":"w","finish_reason":"stop","attempts":1,"cursor":null,"state":{"is":"complete"}}', 'Whole.[1]', 'hm');
INSERT INTO answers (turn, status, owner, cost, record, text, reasoning) VALUES (8, 'complete', 'f2c1e5e1e83d87d9', 0.4, '{"sources":[{"id":"1","url":"https://example.org/a","title":"","snippet":"","published":"","updated":"","aliases":["3"]},{"id":"2","url":"https://example.org/b","title":"","snippet":"","published":"","updated":"","aliases":[]}],"pictures":[],"follow_ups":[],"queries":[],"usage":{"input_tokens":5,"output_tokens":50,"total_tokens":55,"cached_tokens":null,"reasoning_tokens":700,"searches":18,"cost":0.4,"currency":"EUR"},"timing":{"first_word":0.4716059749989654,"total":0.4716059749989654,"thought":null},"model":"","response_id":"","finish_reason":"stop","attempts":2,"cursor":null,"state":{"is":"complete"}}', 'It is a short answer.[3]', '');
INSERT INTO answers (turn, status, owner, cost, record, text, reasoning) VALUES (9, 'stopped', 'f2c1e5e1e83d87d9', NULL, '{"sources":[],"pictures":[],"follow_ups":[],"queries":[],"usage":null,"timing":{"first_word":0.002906866000557784,"total":0.02262562599935336,"thought":null},"model":"","response_id":"","finish_reason":null,"attempts":1,"cursor":null,"state":{"is":"stopped","reason":"after 4 tokens"}}', 'A slow answer, stopped.', '');
INSERT INTO answers (turn, status, owner, cost, record, text, reasoning) VALUES (10, 'running', 'f2c1e5e1e83d87d9', NULL, '{"sources":[],"pictures":[],"follow_ups":[],"queries":[],"usage":null,"timing":{"first_word":0.00328095300210407,"total":null,"thought":null},"model":"","response_id":"","finish_reason":null,"attempts":1,"cursor":null,"state":{"is":"streaming"}}', 'Words that had ', '');
INSERT INTO pieces (seq, turn, text, reasoning) VALUES (1, 10, X'617272697665642E', X'');
INSERT INTO search (rowid, question, answer, sources) VALUES (1, ' is the cafe open?', ' the cafe is open.[1]', ' a example.org b example.org');
INSERT INTO search (rowid, question, answer, sources) VALUES (2, ' is the cafe open?', ' a cat.', ' ');
INSERT INTO search (rowid, question, answer, sources) VALUES (3, ' is the cafe open?', ' ', ' ');
INSERT INTO search (rowid, question, answer, sources) VALUES (4, ' and what does this show?', ' x', ' ');
INSERT INTO search (rowid, question, answer, sources) VALUES (5, ' tell me both halves', ' this is the first half, ', ' ');
INSERT INTO search (rowid, question, answer, sources) VALUES (6, ' tell me both halves', ' this is the first half, came the rest.', ' ');
INSERT INTO search (rowid, question, answer, sources) VALUES (7, ' tell me something short', ' whole.[1]', '  example.org');
INSERT INTO search (rowid, question, answer, sources) VALUES (8, ' is anybody there?', ' it is a short answer.[3]', '  example.org  example.org');
INSERT INTO search (rowid, question, answer, sources) VALUES (9, ' now take your time', ' a slow answer, stopped.', ' ');
INSERT INTO search (rowid, question, answer, sources) VALUES (10, ' what is lost when a process dies?', '', '');
INSERT INTO attachments (turn, position, name, media_type, data) VALUES (4, 0, 'screenshot 東京.png', 'image/png', X'89504E470D0A1A0A0000000D49484452000000010000000108060000001F15C4890000000D49444154789C6360606060000000050001A5F645400000000049454E44AE426082');
INSERT INTO attachments (turn, position, name, media_type, data) VALUES (4, 1, 'notes.txt', 'text/plain', X'4772C3BCC39F652C0D0A0965696E20E2809C5A69746174E2809D2027756E6427203020F09F8C8A0A');
INSERT INTO attachments (turn, position, name, media_type, data) VALUES (10, 0, 'notes.txt', 'text/plain', X'4772C3BCC39F652C0D0A0965696E20E2809C5A69746174E2809D2027756E6427203020F09F8C8A0A');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence (name, seq) VALUES ('turns', 10);
