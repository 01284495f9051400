"""The whole public API on one screen. Names are stable; see docs/api.md for the contract."""

from rest_framework.routers import DefaultRouter

from assessments.api import SelfAssessmentViewSet
from assessments.irm_api import CodebookViewSet, CodingViewSet
from assessments.report_api import ReportViewSet
from commitments.record_api import DocumentViewSet, InstitutionViewSet
from milestones.api import CommitmentViewSet, MemberViewSet, MilestoneViewSet, PlanViewSet
from milestones.status_api import StatusUpdateViewSet
from search.api import SearchViewSet

router = DefaultRouter()
router.register("members", MemberViewSet)
router.register("institutions", InstitutionViewSet)
router.register("documents", DocumentViewSet, basename="document")
router.register("plans", PlanViewSet, basename="plan")
router.register("commitments", CommitmentViewSet)
router.register("milestones", MilestoneViewSet)
router.register("self-assessments", SelfAssessmentViewSet)
router.register("irm-codings", CodingViewSet)
router.register("codebooks", CodebookViewSet, basename="codebook")
router.register("reports", ReportViewSet)
router.register("status-updates", StatusUpdateViewSet, basename="status-update")
router.register("search", SearchViewSet, basename="search")
