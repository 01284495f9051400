-- A world whose rows are like the record's: half the plans are under way on the day, three deadlines for two milestones,
-- reports on three of four milestones, of which half say "completed"; six plans a member, so that 100,000 milestones
-- are about the partnership's 230 members. bench_deadlines.py fills in the sizes.
INSERT INTO commitments_member (id, code, iso3, slug, name, name_ko, kind, region, time_zone, languages, forum_name,
    sources, is_fictional)
SELECT i, 'M' || i, '', 'm' || i, 'Member ' || i, '', 'national', '', 'Asia/Seoul', '[]', '', '[]', false
FROM generate_series(1, 1 + ({plans} - 1) / {per_member}) i;
INSERT INTO commitments_institution (id, member_id, key, name, name_ko, kind)
SELECT i, 1 + (i - 1) / {per_member}, 'body-' || i, 'Body ' || i, '', 'state_body' FROM generate_series(1, {plans}) i;
INSERT INTO commitments_actionplan (id, member_id, number, slug, title, title_ko, ogp_id, stage, period_wording, starts_on,
    ends_on, period_precision, period_basis, published_wording, stated_commitment_count_basis, is_itemised, numbering_note,
    public_influence, public_influence_section, section)
SELECT i, 1 + (i - 1) / {per_member}, 1 + (i - 1) % {per_member}, 'p' || i, 'Plan ' || i, '', '', 'adopted', '', d, (d + interval '2 years')::date, 'day', '', '', '', true,
    '', '', '', ''
FROM generate_series(1, {plans}) i, LATERAL (SELECT CASE WHEN i % 2 = 0 THEN date '2021-01-01' ELSE date '2018-01-01' END d) begins;
INSERT INTO commitments_commitment (id, plan_id, is_form, position, number, title, title_ko, ogp_id_inferred, starts_wording,
    ends_wording, problem, description, contribution, values_as_stated, values, relevance, others_as_stated, peer_learning,
    additional_information, promises, section)
SELECT i, 1 + (i - 1) / ({per_plan} / {per_commitment}), true, 1 + i % 30000, i::text, 'Commitment ' || i, '', false, '', '', '', '', '',
    '', '[]', '', '', '', '', '[]', ''
FROM generate_series(1, {plans} * {per_plan} / {per_commitment}) i;
INSERT INTO commitments_involvement (commitment_id, institution_id, role, office, position)
SELECT id, plan_id, 'lead', '', 0 FROM commitments_commitment;
INSERT INTO milestones_milestone (id, commitment_id, position, "group", title, title_ko, title_note, published_start,
    published_end, due_precision, cadence, open_ended, readable, reading_reason, section)
SELECT i, 1 + (i - 1) / {per_commitment}, 1 + (i - 1) % {per_commitment}, '', 'Milestone ' || i, '', '', '', '', 'day', 'once', false, true, '', ''
FROM generate_series(1, {milestones}) i;
INSERT INTO milestones_deadline (milestone_id, position, due_on, precision, reason)
SELECT m.id, n, p.starts_on + 30 + ((m.id * 7 + n * 211) % 690)::int, 'day', ''
FROM milestones_milestone m JOIN commitments_commitment c ON c.id = m.commitment_id
JOIN commitments_actionplan p ON p.id = c.plan_id, generate_series(1, 2) n WHERE n = 1 OR m.id % 2 = 0;
INSERT INTO milestones_statusupdate (milestone_id, on_date, status, what_was_done, challenges, next_step, author_id, review,
    reviewed_by_id, return_reason, published_on)
SELECT m.id, d, CASE WHEN m.id % 2 = 0 THEN 'completed' ELSE 'limited' END, 'x', 'x', '', {author}, 'approved', {reviewer}, '', d
FROM milestones_milestone m JOIN commitments_commitment c ON c.id = m.commitment_id
JOIN commitments_actionplan p ON p.id = c.plan_id, LATERAL (SELECT p.starts_on + 60 + (m.id % 300)::int d) reported
WHERE m.id % 4 > 0;
