-- Recordings that flows and queues play. The sound itself is a file (server/prompts).
create table prompts (
  workspace_id uuid not null references workspaces on delete cascade,
  -- Random: providers fetch the sound by it and nothing else.
  id uuid not null,
  name text not null,
  language text not null,
  -- What is said in it; null: nobody has written it down.
  text text,
  -- Of the file, hexadecimal.
  sha256 text not null,
  seconds real not null check (seconds > 0),
  bytes integer not null check (bytes > 0),
  created_at timestamptz not null default now(),
  created_by text not null,
  primary key (workspace_id, id),
  constraint prompts_name_key unique (workspace_id, name, language)
);
alter table prompts enable row level security;
alter table prompts force row level security;
create policy own_workspace on prompts to ringside_workspace
  using (workspace_id = current_workspace()) with check (workspace_id = current_workspace());
grant select, insert, update, delete on prompts to ringside_workspace;

-- A provider says which recording it wants, not whose.
create policy platform on prompts for select to ringside_system using (true);
grant select (workspace_id, id) on prompts to ringside_system;
