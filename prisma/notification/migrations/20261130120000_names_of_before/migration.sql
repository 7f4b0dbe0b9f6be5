-- Names are composed (NFC), with plain spaces and none around them, since a while: so are now those of before. Of several
-- that become the same, the one that was in this form, else the oldest, keeps it; the others are told apart by the end of
-- their id.
WITH "tidy" AS (
  SELECT id, owner_id, name,
    btrim(regexp_replace(normalize(name, NFC), '[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]', ' ', 'g')) AS kept,
    created_at
  FROM "templates" WHERE deleted_at IS NULL
), "ranked" AS (
  SELECT id, name, kept, row_number() OVER (PARTITION BY owner_id, kept ORDER BY (name = kept) DESC, created_at, id) AS place
  FROM "tidy"
)
UPDATE "templates" SET name = CASE WHEN ranked.place = 1 THEN ranked.kept
  ELSE left(ranked.kept, 240) || ' (' || right(ranked.id, 12) || ')' END
FROM "ranked"
WHERE "templates".id = ranked.id AND ranked.name <> ranked.kept AND ranked.kept <> '';
