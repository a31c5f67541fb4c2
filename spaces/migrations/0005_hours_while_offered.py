"""What is offered between two instants is open between them: openings before and after, which nobody could book, are no
hours of it.

Going back leaves them clipped: nobody could book them, and they are planned anew with the next change of hours.
"""

from django.db import migrations

CLIP = """
CREATE TEMPORARY TABLE spaces_clipped ON COMMIT DROP AS
SELECT o.id, o.resource_id, o.anchor, o.during * CASE
    WHEN r.published_from >= r.published_until THEN 'empty'::tstzrange
    ELSE tstzrange(r.published_from, r.published_until) END AS during
FROM spaces_openspan o JOIN spaces_resource r ON r.id = o.resource_id
WHERE lower(o.during) < r.published_from OR upper(o.during) > r.published_until;
DELETE FROM spaces_openspan WHERE id IN (SELECT id FROM spaces_clipped);
INSERT INTO spaces_openspan (resource_id, during, anchor)
SELECT resource_id, during, anchor FROM spaces_clipped WHERE NOT isempty(during);
"""


class Migration(migrations.Migration):
    dependencies = [("spaces", "0004_published_seasons_and_saints")]

    operations = [migrations.RunSQL(CLIP, migrations.RunSQL.noop)]
