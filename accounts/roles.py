"""What each role may do, in one table. Nothing else grants a right; what is not written here is refused.

``docs/roles.md`` shows this table to people and a test holds the two together. Administrators (``is_superuser``) may do
everything except approve their own report.
"""

VIEW, ADD, CHANGE, DELETE = "view", "add", "change", "delete"

RECORD = (
    "commitments.member",
    "commitments.institution",
    "commitments.sourcedocument",
    "commitments.actionplan",
    "commitments.plansection",
    "commitments.cocreationstep",
    "commitments.forummembership",
    "commitments.theme",
    "commitments.commitment",
    "commitments.involvement",
    "milestones.milestone",
    "milestones.deadline",
)
ASSESSMENTS = (
    "assessments.selfassessment",
    "assessments.selfassessmentsection",
    "assessments.selfassessmententry",
    "assessments.entryresult",
    "assessments.entrylink",
)
IRM_RECORD = (
    "assessments.irmreview",
    "assessments.coding",
    "assessments.recommendation",
    "assessments.recommendationuptake",
    "assessments.planrequirement",
)


def may(models, *actions):
    """``{"app.action_model", ...}`` for each model and action."""
    return {f"{app}.{action}_{model}" for app, model in (m.split(".") for m in models) for action in actions}


READ_RECORD = may(RECORD, VIEW)
READ_ASSESSMENTS = may(ASSESSMENTS + IRM_RECORD, VIEW)
REPORT_STATUS = may(["milestones.statusupdate", "milestones.evidence"], VIEW, ADD, CHANGE)
REVIEW_STATUS = {"milestones.review_statusupdate"}
BULK = may(["milestones.batch"], VIEW)  # its own; undone by who did it or who coordinates the member
ASSIGN = {"milestones.assign_milestone"}
READ_STATUS = may(["milestones.statusupdate", "milestones.evidence", "milestones.overduenotice"], VIEW)
UPLOAD_SPREADSHEETS = may(["milestones.upload"], VIEW, ADD)
READ_CORRECTIONS = may(["milestones.readingcorrection"], VIEW)
READ_OUTBOX = may(["milestones.outboxmail", "milestones.reminder"], VIEW) | may(["milestones.outboxmail"], CHANGE)
INVITE = may(["accounts.user"], VIEW, ADD)  # editors and heads of its own member, see User.objects.manageable_by
EXPORT_REPORTS = may(["assessments.report"], VIEW, ADD)
WRITE_FORMS = (  # of self-assessments: those of the commitments that the institution leads
    may(["assessments.selfassessment", "assessments.selfassessmentsection"], VIEW)
    | may(["assessments.selfassessmententry"], VIEW, CHANGE)
    | may(["assessments.entryresult", "assessments.entrylink"], VIEW, ADD, CHANGE, DELETE)
)
SIGN_OFF = {"assessments.signoff_selfassessmententry"}
ANSWER_COMMENTS = may(["assessments.publiccomment"], VIEW, CHANGE)

PERMISSIONS = {
    "viewer": READ_RECORD,
    "editor": READ_RECORD | READ_STATUS | REPORT_STATUS | UPLOAD_SPREADSHEETS | READ_CORRECTIONS | WRITE_FORMS,
    "head": READ_RECORD
    | READ_STATUS
    | REPORT_STATUS
    | UPLOAD_SPREADSHEETS
    | REVIEW_STATUS
    | READ_CORRECTIONS
    | BULK
    | ASSIGN
    | WRITE_FORMS
    | SIGN_OFF
    | ANSWER_COMMENTS,
    "co_owner": READ_RECORD | REPORT_STATUS | READ_CORRECTIONS,  # of reports, its institution's own alone
    "coordinator": READ_RECORD
    | READ_STATUS
    | REPORT_STATUS
    | UPLOAD_SPREADSHEETS
    | REVIEW_STATUS
    | may(["milestones.deadline"], ADD, CHANGE)
    | may(["milestones.readingcorrection"], VIEW, ADD)
    | READ_OUTBOX
    | BULK
    | ASSIGN
    | INVITE
    | READ_ASSESSMENTS
    | may(["assessments.selfassessment", "assessments.selfassessmentsection"], ADD, CHANGE)
    | WRITE_FORMS
    | SIGN_OFF
    | ANSWER_COMMENTS
    | EXPORT_REPORTS,
    "irm": READ_RECORD | READ_ASSESSMENTS | may(IRM_RECORD, ADD, CHANGE) | EXPORT_REPORTS,
}
