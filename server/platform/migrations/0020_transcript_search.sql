-- Finding what was said, in the masked text, by how words begin and whatever the language (core/excerpt.ts).

-- The words of a text without capitals and accents. Punctuation goes first: the parser would take “example.com” or “20-30”
-- for one word. Cut, because a tsvector takes no more; that is two hours of talking.
create function said_words(said text) returns tsvector language sql immutable strict parallel safe
  return to_tsvector('simple', left(fold(translate(left(said, 100000),
    '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~¿¡«»“”„‘’‚…–—·•', repeat(' ', 60))), 100000));

alter table recordings
  add column said tsvector generated always as (said_words(transcript_masked)) stored;

create index recordings_said on recordings using gin (workspace_id, said) where said is not null;
create index recordings_said_newest on recordings (workspace_id, started_at desc, id desc) where said is not null;

-- As the search of contacts, it reads as ringside_system and so past row level security, which would hide the index: only
-- these columns, and only in this function.
grant select (id, call_id, started_at, said) on recordings to ringside_system;
grant select (id, agent_id, queue_id) on calls to ringside_system;

-- Recordings of the current workspace in which words were said that begin like each of these, newest first, from the one
-- after `before` on. Unless `of_all`, only of calls that are this agent's, of these queues, or nobody's.
--
-- What everybody says stands in one of the newest few, what hardly anybody does is found by its index. The planner cannot
-- tell one from the other: of how many words begin alike it has no idea. So the newest are looked at first.
create function recordings_saying(
  words text[], since timestamptz, until timestamptz, before timestamptz, before_id text,
  of_all boolean, of_agent uuid, of_queues uuid[], most integer
) returns setof text
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
set enable_seqscan = off
set enable_indexscan = on
as $$
declare
  workspace constant uuid := public.current_workspace();
  wanted constant tsquery := (select string_agg(quote_literal(w.word) || ':*', ' & ')::tsquery from unnest(words) as w(word));
  found_ids text[];
begin
  found_ids := array(
    select r.id from (
      select n.id, n.call_id, n.started_at, n.said from public.recordings n
      where n.workspace_id = workspace and n.said is not null
        and (since is null or n.started_at >= since) and (until is null or n.started_at < until)
        and (before is null or (n.started_at, n.id) < (before, before_id))
      order by n.started_at desc, n.id desc limit 1000) r
    where r.said @@ wanted
      and (of_all or (
        select c.agent_id = of_agent or c.queue_id = any(of_queues) or (c.agent_id is null and c.queue_id is null)
        from public.calls c where c.workspace_id = workspace and c.id = r.call_id))
    order by r.started_at desc, r.id desc limit most);
  if cardinality(found_ids) = most then
    return query select unnest(found_ids);
    return;
  end if;
  -- Only bitmap scans are left, and of those the words' own is the cheapest. It is as it was when the function ends.
  perform set_config('enable_indexscan', 'off', true);
  return query
    select r.id from public.recordings r
    where r.workspace_id = workspace and r.said @@ wanted
      and (since is null or r.started_at >= since) and (until is null or r.started_at < until)
      and (before is null or (r.started_at, r.id) < (before, before_id))
      and (of_all or (
        select c.agent_id = of_agent or c.queue_id = any(of_queues) or (c.agent_id is null and c.queue_id is null)
        from public.calls c where c.workspace_id = workspace and c.id = r.call_id))
    order by r.started_at desc, r.id desc limit most;
end $$;

revoke all on function recordings_saying from public;
grant execute on function recordings_saying to ringside_workspace;
grant create on schema public to ringside_system; -- only to take it over
alter function recordings_saying owner to ringside_system;
revoke create on schema public from ringside_system;
