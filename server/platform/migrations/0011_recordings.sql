-- Recordings at rest: where their audio is kept and under which key, who may not let them go, and who has heard them.

alter table recordings
  -- The object in the store, and the key of its audio in an envelope; null until somebody sets about keeping it.
  add column store_key text,
  add column sealed_key bytea,
  -- Under which of the operator's keys the envelope was sealed.
  add column key_id text,
  -- When the store had it. Until then the audio is a file on the machine that recorded it, or with the provider at url.
  add column stored_at timestamptz,
  -- Of the audio itself, in bytes.
  add column size bigint check (size >= 0),
  add column content_type text not null default 'audio/ogg; codecs=opus',
  -- When somebody looks next whether it can be kept; null: nothing is to be done (any more).
  add column store_due timestamptz,
  add column store_attempts smallint not null default 0,
  -- Why it is not kept, in words.
  add column store_problem text,
  -- A legal hold: nobody deletes it.
  add column held_at timestamptz,
  add column held_by jsonb,
  add column hold_reason text,
  add constraint recordings_stored
    check (stored_at is null or (store_key is not null and sealed_key is not null and key_id is not null and size is not null)),
  add constraint recordings_held
    check ((held_at is null) = (held_by is null) and (held_at is null) = (hold_reason is null));
create index recordings_store_due on recordings (store_due) where store_due is not null;
create index recordings_key_id on recordings (workspace_id, key_id, id) where key_id is not null;
-- What was recorded before is kept now.
update recordings set store_due = now() where status <> 'in-progress';

-- Which workspaces have something to be kept, or sealed anew: no more than that is seen across workspaces.
grant select (store_due, key_id) on recordings to ringside_system;

create function refuse_losing_held() returns trigger language plpgsql as $$
begin
  raise exception 'recording % is under legal hold', old.id using errcode = 'integrity_constraint_violation';
end
$$;
create trigger recordings_held before delete on recordings
  for each row when (old.held_at is not null) execute function refuse_losing_held();
-- A recording whose key is gone is gone as well.
create trigger recordings_held_audio before update on recordings
  for each row when (old.held_at is not null and new.held_at is not null and old.stored_at is not null
    and (new.stored_at is null or new.sealed_key is null or new.store_key is distinct from old.store_key))
  execute function refuse_losing_held();

-- Who has begun to listen lately: one line of the log tells of it, however many parts a player asks for.
create table recording_hearings (
  workspace_id uuid not null,
  recording_id text not null,
  listener text not null,
  since timestamptz not null,
  primary key (workspace_id, recording_id, listener),
  foreign key (workspace_id, recording_id) references recordings on delete cascade
);
alter table recording_hearings enable row level security;
alter table recording_hearings force row level security;
create policy own_workspace on recording_hearings to ringside_workspace
  using (workspace_id = current_workspace()) with check (workspace_id = current_workspace());
grant select, insert, update, delete on recording_hearings to ringside_workspace;

-- Who hears the recordings of a workspace (core/role.ts, hearsRecording).
alter table workspaces add column hearing_policy text not null default 'everybody'
  check (hearing_policy in ('everybody', 'own-agent', 'team-leaders'));
