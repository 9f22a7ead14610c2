PRAGMA application_id = 1214543732;
PRAGMA user_version = 2;
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
CREATE TABLE attachments (
        turn INTEGER NOT NULL REFERENCES turns (number) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        name TEXT NOT NULL,
        media_type TEXT NOT NULL,
        data BLOB NOT NULL,
        PRIMARY KEY (turn, position)
    );
INSERT INTO conversations (id, title, title_folded, leaf_id, created, updated, activity) VALUES ('6256c9addf9ec016', 'Is the café open?', ' is the cafe open?', 'a53d5e2be9c35d58', '2026-11-21T05:41:54.776561+00:00', '2026-11-21T05:41:54.853586+00:00', 5);
INSERT INTO conversations (id, title, title_folded, leaf_id, created, updated, activity) VALUES ('eb625bbe94af6699', 'Tell me both halves', ' tell me both halves', 'ea7291ad56787d8b', '2026-11-21T05:41:54.860946+00:00', '2026-11-21T05:41:54.872117+00:00', 9);
INSERT INTO conversations (id, title, title_folded, leaf_id, created, updated, activity) VALUES ('46ce1f25e92165cf', 'A title “of my own”', ' a title “of my own”', '28d216eb9e1d1fbd', '2026-11-21T05:41:54.880716+00:00', '2026-11-21T05:41:55.279438+00:00', 12);
INSERT INTO conversations (id, title, title_folded, leaf_id, created, updated, activity) VALUES ('93fc29d3294c9872', 'What is lost when a process dies?', ' what is lost when a process dies?', '7934b774434e6b55', '2026-11-21T05:41:55.303380+00:00', '2026-11-21T05:41:55.303410+00:00', 14);
INSERT INTO turns (number, id, conversation_id, parent_id, question) VALUES (1, '1de8b1fe3e06353f', '6256c9addf9ec016', '', '{"text":"Is the café open?","provider_id":"custom","dialect":"agent","base_url":"http://127.0.0.1:34229/v1","model":"m","options":{"instructions":"Be brief.\nSay where it stands.","max_tokens":900,"temperature":0.25,"top_p":0.75,"stop_after":5000,"stream":true,"effort":"medium","background":true,"search":{"enabled":true,"recency":"month","domains":["example.org","-example.com"],"context_size":"high","mode":"academic","after_date":"2026-01-02","before_date":"2026-11-20"}},"asked_at":"2026-11-21T05:41:54.776593+00:00","continues":""}');
INSERT INTO turns (number, id, conversation_id, parent_id, question) VALUES (2, '525c2f4bd940d1bf', '6256c9addf9ec016', '', '{"text":"Is the café open?","provider_id":"custom","dialect":"agent","base_url":"http://127.0.0.1:34229/v1","model":"m","options":{"instructions":"Be brief.\nSay where it stands.","max_tokens":900,"temperature":0.25,"top_p":0.75,"stop_after":5000,"stream":true,"effort":"medium","background":true,"search":{"enabled":true,"recency":"month","domains":["example.org","-example.com"],"context_size":"high","mode":"academic","after_date":"2026-01-02","before_date":"2026-11-20"}},"asked_at":"2026-11-21T05:41:54.843872+00:00","continues":""}');
INSERT INTO turns (number, id, conversation_id, parent_id, question) VALUES (3, 'd9f73d42a841880f', '6256c9addf9ec016', '', '{"text":"Is the café open?","provider_id":"custom","dialect":"agent","base_url":"http://127.0.0.1:34229/v1","model":"m","options":{"instructions":"Be brief.\nSay where it stands.","max_tokens":900,"temperature":0.25,"top_p":0.75,"stop_after":5000,"stream":true,"effort":"medium","background":true,"search":{"enabled":true,"recency":"month","domains":["example.org","-example.com"],"context_size":"high","mode":"academic","after_date":"2026-01-02","before_date":"2026-11-20"}},"asked_at":"2026-11-21T05:41:54.848694+00:00","continues":""}');
INSERT INTO turns (number, id, conversation_id, parent_id, question) VALUES (4, 'a53d5e2be9c35d58', '6256c9addf9ec016', '525c2f4bd940d1bf', '{"text":"And what does this show?","provider_id":"custom","dialect":"chat-completions","base_url":"http://127.0.0.1:34229/v1","model":"m","options":{"instructions":"","max_tokens":null,"temperature":null,"top_p":null,"stop_after":null,"stream":true,"effort":"","background":false,"search":{"enabled":true,"recency":"","domains":[],"context_size":"","mode":"","after_date":"","before_date":""}},"asked_at":"2026-11-21T05:41:54.853586+00:00","continues":""}');
INSERT INTO turns (number, id, conversation_id, parent_id, question) VALUES (5, 'ea7291ad56787d8b', 'eb625bbe94af6699', '', '{"text":"Tell me both halves","provider_id":"custom","dialect":"chat-completions","base_url":"http://127.0.0.1:34229/v1","model":"m","options":{"instructions":"","max_tokens":null,"temperature":null,"top_p":null,"stop_after":null,"stream":true,"effort":"","background":false,"search":{"enabled":true,"recency":"","domains":[],"context_size":"","mode":"","after_date":"","before_date":""}},"asked_at":"2026-11-21T05:41:54.860981+00:00","continues":""}');
INSERT INTO turns (number, id, conversation_id, parent_id, question) VALUES (6, '3dc104e9ff92d9e2', 'eb625bbe94af6699', '', '{"text":"Tell me both halves","provider_id":"custom","dialect":"chat-completions","base_url":"http://127.0.0.1:34229/v1","model":"m","options":{"instructions":"","max_tokens":null,"temperature":null,"top_p":null,"stop_after":null,"stream":true,"effort":"","background":false,"search":{"enabled":false,"recency":"","domains":[],"context_size":"","mode":"","after_date":"","before_date":""}},"asked_at":"2026-11-21T05:41:54.866901+00:00","continues":"This is the first half, "}');
INSERT INTO turns (number, id, conversation_id, parent_id, question) VALUES (7, '2a3a54fa1325ac7f', 'eb625bbe94af6699', '', '{"text":"Tell me something short","provider_id":"custom","dialect":"chat-completions","base_url":"http://127.0.0.1:34229/v1","model":"m","options":{"instructions":"","max_tokens":null,"temperature":null,"top_p":null,"stop_after":null,"stream":false,"effort":"","background":false,"search":{"enabled":true,"recency":"","domains":[],"context_size":"","mode":"","after_date":"","before_date":""}},"asked_at":"2026-11-21T05:41:54.872117+00:00","continues":""}');
INSERT INTO turns (number, id, conversation_id, parent_id, question) VALUES (8, '78177b136b365b39', '46ce1f25e92165cf', '', '{"text":"Is anybody there?","provider_id":"custom","dialect":"chat-completions","base_url":"http://127.0.0.1:34229/v1","model":"m","options":{"instructions":"","max_tokens":null,"temperature":null,"top_p":null,"stop_after":null,"stream":true,"effort":"","background":false,"search":{"enabled":true,"recency":"","domains":[],"context_size":"","mode":"","after_date":"","before_date":""}},"asked_at":"2026-11-21T05:41:54.880743+00:00","continues":""}');
INSERT INTO turns (number, id, conversation_id, parent_id, question) VALUES (9, '28d216eb9e1d1fbd', '46ce1f25e92165cf', '78177b136b365b39', '{"text":"Now take your time","provider_id":"custom","dialect":"chat-completions","base_url":"http://127.0.0.1:34229/v1","model":"m","options":{"instructions":"","max_tokens":null,"temperature":null,"top_p":null,"stop_after":null,"stream":true,"effort":"","background":false,"search":{"enabled":true,"recency":"","domains":[],"context_size":"","mode":"","after_date":"","before_date":""}},"asked_at":"2026-11-21T05:41:55.279438+00:00","continues":""}');
INSERT INTO turns (number, id, conversation_id, parent_id, question) VALUES (10, '7934b774434e6b55', '93fc29d3294c9872', '', '{"text":"What is lost when a process dies?","provider_id":"custom","dialect":"chat-completions","base_url":"http://127.0.0.1:34229/v1","model":"m","options":{"instructions":"","max_tokens":null,"temperature":null,"top_p":null,"stop_after":null,"stream":true,"effort":"","background":false,"search":{"enabled":true,"recency":"","domains":[],"context_size":"","mode":"","after_date":"","before_date":""}},"asked_at":"2026-11-21T05:41:55.303410+00:00","continues":""}');
INSERT INTO answers (turn, status, owner, cost, record, text, reasoning) VALUES (1, 'complete', 'bbdeda755d5c8ea0', 0.00105, '{"sources":[{"id":"1","url":"https://example.org/a","title":"A","snippet":"Alpha\n...\n**Beta**","published":"2024-03-04","updated":"2026-09-25","aliases":[]},{"id":"2","url":"https://example.org/b","title":"B","snippet":"B","published":"","updated":"2026-09-23","aliases":[]}],"pictures":[],"follow_ups":[],"queries":["open cafes"],"usage":{"input_tokens":3007,"output_tokens":37,"total_tokens":3044,"cached_tokens":3004,"reasoning_tokens":0,"searches":1,"cost":0.00105,"currency":"USD"},"timing":{"first_word":0.06489622200024314,"total":0.06591655300144339,"thought":null},"model":"openai/gpt-6-luna","response_id":"resp_00000000-0000-4000-8000-000000000001","finish_reason":"stop","attempts":1,"state":{"is":"complete"}}', 'The café is open.[1]', '');
INSERT INTO answers (turn, status, owner, cost, record, text, reasoning) VALUES (2, 'complete', 'bbdeda755d5c8ea0', NULL, '{"sources":[],"pictures":[{"url":"https://example.org/c.png","page_url":"https://example.org/c","title":""}],"follow_ups":[],"queries":["cats"],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3,"cached_tokens":null,"reasoning_tokens":null,"searches":null,"cost":null,"currency":"USD"},"timing":{"first_word":0.002929338996182196,"total":0.003353411993884947,"thought":0.0},"model":"x/y","response_id":"resp_1","finish_reason":"stop","attempts":1,"state":{"is":"complete"}}', 'A cat.', 'First I plan.

Done.');
INSERT INTO answers (turn, status, owner, cost, record, text, reasoning) VALUES (3, 'failed', 'bbdeda755d5c8ea0', NULL, '{"sources":[],"pictures":[],"follow_ups":[],"queries":[],"usage":null,"timing":{"first_word":null,"total":0.0037245049970806576,"thought":null},"model":"","response_id":"","finish_reason":null,"attempts":1,"state":{"is":"failed","failure":{"kind":"rate-limit","title":"Another server asks for a pause.","detail":"Too many requests came in a short time. The server says: Too fast","remedy":"retry","status":429,"retryable":true,"retry_after":120.0,"raw":"{\"error\": {\"message\": \"Too fast\"}}"}}}', '', '');
INSERT INTO answers (turn, status, owner, cost, record, text, reasoning) VALUES (4, 'complete', 'bbdeda755d5c8ea0', NULL, '{"sources":[],"pictures":[{"url":"https://example.org/i.png","page_url":"https://example.org/a","title":"I"}],"follow_ups":["And now?","Why?"],"queries":[],"usage":null,"timing":{"first_word":0.003529664005327504,"total":0.003834868999547325,"thought":null},"model":"","response_id":"","finish_reason":"stop","attempts":1,"state":{"is":"complete"}}', 'x', '');
INSERT INTO answers (turn, status, owner, cost, record, text, reasoning) VALUES (5, 'incomplete', 'bbdeda755d5c8ea0', NULL, '{"sources":[],"pictures":[],"follow_ups":[],"queries":[],"usage":null,"timing":{"first_word":0.004042098997160792,"total":0.0047058080017450266,"thought":null},"model":"","response_id":"","finish_reason":null,"attempts":1,"state":{"is":"failed","failure":{"kind":"stream-broken","title":"The connection was lost.","detail":"The server closed the stream before the answer was finished.","remedy":"retry","status":null,"retryable":false,"retry_after":null,"raw":""}}}', 'This is the first half, ', '');
INSERT INTO answers (turn, status, owner, cost, record, text, reasoning) VALUES (6, 'complete', 'bbdeda755d5c8ea0', NULL, '{"sources":[],"pictures":[],"follow_ups":[],"queries":[],"usage":null,"timing":{"first_word":0.003786667999520432,"total":0.003786667999520432,"thought":null},"model":"","response_id":"","finish_reason":"stop","attempts":1,"state":{"is":"complete"}}', 'This is the first half, came the rest.', '');
INSERT INTO answers (turn, status, owner, cost, record, text, reasoning) VALUES (7, 'complete', 'bbdeda755d5c8ea0', NULL, '{"sources":[{"id":"1","url":"https://example.org/a","title":"","snippet":"","published":"","updated":"","aliases":[]}],"pictures":[],"follow_ups":[],"queries":[],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3,"cached_tokens":null,"reasoning_tokens":null,"searches":null,"cost":null,"currency":"USD"},"timing":{"first_word":0.003530706002493389,"total":0.003530706002493389,"thought":0.0},"model":"sonar","response_id":"w","finish_reason":"stop","attempts":1,"state":{"is":"complete"}}', 'Whole.[1]', 'hm');
INSERT INTO answers (turn, status, owner, cost, record, text, reasoning) VALUES (8, 'complete', 'bbdeda755d5c8ea0', 0.4, '{"sources":[{"id":"1","url":"https://example.org/a","title":"","snippet":"","published":"","updated":"","aliases":["3"]},{"id":"2","url":"https://example.org/b","title":"","snippet":"","published":"","updated":"","aliases":[]}],"pictures":[],"follow_ups":[],"queries":[],"usage":{"input_tokens":5,"output_tokens":50,"total_tokens":55,"cached_tokens":null,"reasoning_tokens":700,"searches":18,"cost":0.4,"currency":"EUR"},"timing":{"first_word":0.3967977440042887,"total":0.3967977440042887,"thought":null},"model":"","response_id":"","finish_reason":"stop","attempts":2,"state":{"is":"complete"}}', 'It is a short answer.[3]', '');
INSERT INTO answers (turn, status, owner, cost, record, text, reasoning) VALUES (9, 'stopped', 'bbdeda755d5c8ea0', NULL, '{"sources":[],"pictures":[],"follow_ups":[],"queries":[],"usage":null,"timing":{"first_word":0.002872775003197603,"total":0.021963348001008853,"thought":null},"model":"","response_id":"","finish_reason":null,"attempts":1,"state":{"is":"stopped","reason":"after 4 tokens"}}', 'A slow answer, stopped.', '');
INSERT INTO answers (turn, status, owner, cost, record, text, reasoning) VALUES (10, 'running', 'bbdeda755d5c8ea0', NULL, '{"sources":[],"pictures":[],"follow_ups":[],"queries":[],"usage":null,"timing":{"first_word":0.004131822999625001,"total":null,"thought":null},"model":"","response_id":"","finish_reason":null,"attempts":1,"state":{"is":"streaming"}}', 'Words that had ', '');
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
