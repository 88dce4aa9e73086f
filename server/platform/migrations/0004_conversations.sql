-- Who speaks with whom where the audio is ours, questions to colleagues, and recordings.

-- Who is in a call and who hears whom (core/conversation.ts); null where that is not ours to say.
alter table calls
  add column conversation jsonb,
  -- What came of it, in the words of whoever had it.
  add column disposition text;

-- A question to a colleague is offered like a call.
alter table queue_entries
  drop constraint queue_entries_kind_check,
  add constraint queue_entries_kind_check check (kind in ('call', 'callback', 'voicemail', 'consultation'));
alter table offers
  drop constraint offers_kind_check,
  add constraint offers_kind_check check (kind in ('call', 'callback', 'voicemail', 'consultation'));
alter table slots
  drop constraint slots_kind_check,
  add constraint slots_kind_check check (kind in ('call', 'callback', 'voicemail', 'consultation'));

-- What was recorded, by whoever recorded it. The audio itself is in a file, or with the provider at `url`.
create table recordings (
  workspace_id uuid not null references workspaces on delete cascade,
  -- The provider's own.
  id text not null,
  call_id uuid not null,
  kind text not null check (kind in ('call', 'voicemail')),
  provider text not null,
  status text not null check (status in ('in-progress', 'completed', 'failed')),
  -- Null: it is a file of ours.
  url text,
  seconds integer check (seconds >= 0),
  started_at timestamptz not null default now(),
  completed_at timestamptz,
  -- For drawing it; null until somebody has looked at it. See voice/waveform.ts.
  peaks jsonb,
  primary key (workspace_id, id),
  foreign key (workspace_id, call_id) references calls on delete cascade,
  check ((status = 'in-progress') = (completed_at is null))
);
create index recordings_call on recordings (workspace_id, call_id, started_at);
alter table recordings enable row level security;
alter table recordings force row level security;
create policy own_workspace on recordings to ringside_workspace
  using (workspace_id = current_workspace()) with check (workspace_id = current_workspace());
grant select, insert, update, delete on recordings to ringside_workspace;
