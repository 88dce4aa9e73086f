-- Finding contacts as people type them: part of a name, an e-mail address, a company or a number.
--
-- Row level security applies a condition before the workspace's own only if its operator is leakproof. Equality and
-- order of texts are; LIKE, lower() and array containment are not, so that no index would serve them. What is equal or
-- a prefix is therefore searched in stored keys; what is contained, by functions that see to the workspace themselves.

-- Words without capitals and accents, so that “jose” finds “José”.
create function fold(words text) returns text language sql immutable strict parallel safe
  return lower(regexp_replace(normalize(words, NFKD), '[\u0300-\u036f]', '', 'g'));

alter table contacts
  -- Cut, because an index takes no long entries.
  add column name_key text not null generated always as (left(fold(name), 100)) stored,
  add column email_key text generated always as (left(lower(email), 254)) stored,
  add column company_key text generated always as (left(fold(company), 100)) stored,
  add column search_text text not null generated always as
    (fold(name || E'\n' || coalesce(email, '') || E'\n' || coalesce(company, ''))) stored;
alter table contact_phones
  add column digits text not null generated always as (regexp_replace(number, '\D', '', 'g')) stored;
alter table support_requests
  add column email_key text not null generated always as (left(lower(user_email), 254)) stored;

create index contacts_name on contacts (workspace_id, name_key collate "C", id);
drop index contacts_email;
create index contacts_email on contacts (workspace_id, email_key collate "C") where email_key is not null;
create index contacts_company on contacts (workspace_id, company_key collate "C") where company_key is not null;
create index contacts_search on contacts using gin (workspace_id, search_text gin_trgm_ops, tags);
create index contact_phones_search on contact_phones using gin (workspace_id, digits gin_trgm_ops);
create index support_requests_email on support_requests (workspace_id, email_key, created_at desc) where status <> 'done';
-- With the contact's id, so that the first few of thousands on one number are read and no more.
drop index contact_phones_key;
create index contact_phones_key on contact_phones (workspace_id, key, contact_id);
drop index contact_phones_last_digits;
create index contact_phones_last_digits on contact_phones (workspace_id, last_digits, contact_id)
  where last_digits is not null;

-- The search reads as ringside_system and so past row level security: only these columns, and only in these functions.
create policy platform on contacts to ringside_system using (true);
create policy platform on contact_phones to ringside_system using (true);
grant select (workspace_id, id, search_text, tags) on contacts to ringside_system;
grant select (workspace_id, contact_id, digits) on contact_phones to ringside_system;

-- Contacts of the current workspace that contain every one of these words, or part of whose number these digits are:
-- at most `most` of either. The first word is looked up, so it should be the longest; it needs three letters or digits
-- in a row, as the digits need three. Only ids come back, and the caller reads them under row level security.
create function contacts_containing(words text[], number_part text, wanted_tag text, most integer) returns setof uuid
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
-- Only bitmap scans are left, and of those the trigrams' is the cheapest: walking another index in the hope of an
-- early end takes seconds when there is none.
set enable_seqscan = off
set enable_indexscan = off
set enable_indexonlyscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  workspace constant uuid := public.current_workspace();
  folded constant text[] := (select array_agg(public.fold(w.word) order by w.place)
    from unnest(words) with ordinality as w(word, place));
  containing constant text := '%' || regexp_replace(folded[1], '([\\%_])', '\\\1', 'g') || '%';
begin
  if containing is not null then
    return query
      select c.id from public.contacts c
      where c.workspace_id = workspace and c.search_text like containing
        and (wanted_tag is null or c.tags @> array[wanted_tag])
        and not exists (select from unnest(folded) as w(word) where strpos(c.search_text, w.word) = 0)
      limit most;
  end if;
  if number_part is not null then
    return query
      select p.contact_id from public.contact_phones p
      where p.workspace_id = workspace and p.digits like '%' || number_part || '%'
        and (wanted_tag is null or exists (
          select from public.contacts c
          where c.workspace_id = workspace and c.id = p.contact_id and c.tags @> array[wanted_tag]))
      limit most;
  end if;
end $$;

-- Contacts of the current workspace with this tag, newest first, from the one after `before` on.
create function contacts_tagged(wanted_tag text, before uuid, most integer) returns setof uuid
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
-- A tag that everybody has and one that hardly anybody has want different plans.
set plan_cache_mode = force_custom_plan
as $$
declare
  workspace constant uuid := public.current_workspace();
begin
  return query
    select c.id from public.contacts c
    where c.workspace_id = workspace and c.tags @> array[wanted_tag]
      and c.id < coalesce(before, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    order by c.id desc limit most;
end $$;

revoke all on function contacts_containing, contacts_tagged from public;
grant execute on function contacts_containing, contacts_tagged to ringside_workspace;
grant create on schema public to ringside_system; -- only to take over the two
alter function contacts_containing owner to ringside_system;
alter function contacts_tagged owner to ringside_system;
revoke create on schema public from ringside_system;
