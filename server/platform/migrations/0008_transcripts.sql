-- What was said in a recording, written down.
alter table recordings
  add column transcript text,
  -- When somebody looks next; null: nothing is to be done (any more).
  add column transcript_due timestamptz,
  add column transcript_attempts smallint not null default 0,
  add column transcribed_at timestamptz,
  -- Why there will be none, in words.
  add column transcript_problem text;
create index recordings_transcript_due on recordings (transcript_due) where transcript_due is not null;

-- Which workspaces have something to be written down: no more than that is seen across workspaces.
create policy platform on recordings for select to ringside_system using (true);
grant select (workspace_id, transcript_due, completed_at) on recordings to ringside_system;
