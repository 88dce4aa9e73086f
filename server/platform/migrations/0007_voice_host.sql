-- Which of several processes carries the calls over the web, and where the others find it. Whoever writes it holds the
-- lock (`Db.lock`).
create table voice_host (
  only_one boolean primary key default true check (only_one),
  address text not null,
  since timestamptz not null default now()
);
grant select, insert, update on voice_host to ringside_system;
