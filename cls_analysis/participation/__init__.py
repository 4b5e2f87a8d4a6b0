"""What data cannot say: what people say, what exists, what is decided, and the life of a contract.

Inputs are plain files under `data/raw/participation/<territory>/` (docs/participation.md); `check` says everything
wrong in them, `load` gives a frozen `Participation`; every analysis returns a tidy DataFrame or a frozen record.
"""

from .amendments import amendment_log, contract_difference, state_at
from .answers import cleaning_summary, cross, nonresponse, open_answers, tally
from .checking import (
    Participation,
    check,
    list_folders,
    load,
    load_comments,
    load_or_blank,
    named_folder,
    participation_dir,
)
from .cleaning import Questionnaire
from .codebook import Codebook, Question
from .comments import Comment, is_stale, values_hash
from .contract import (
    ActionSheet,
    action_sheet,
    action_sheets,
    actions_at,
    contract_tree,
    justification,
    transversal_axes,
)
from .contract_file import Contract
from .counts import group_of
from .editions import compare_editions
from .evaluation import (
    YearlySummary,
    evaluated_years,
    health_context,
    measures,
    progress_by_axis,
    progress_over_years,
    yearly_actions,
    yearly_summary,
)
from .overview import collections_summary, missing_steps, resources_summary, statements_summary
from .places import Places, places_of
from .priorities import Agreement, agreement, decisions, grid, hanlon, incomplete_votes, voter_scores
from .problems import Problem
from .sensitivity import leave_one_voter_out, one_weight_at_a_time, random_weights, rank_range
from .templates import write_templates
from .triangle import afom, gaps, triangle
from .weighting import Weights, compare_with_census, poststratify, rake

__all__ = [
    "ActionSheet",
    "Agreement",
    "Codebook",
    "Comment",
    "Contract",
    "Participation",
    "Places",
    "Problem",
    "Question",
    "Questionnaire",
    "Weights",
    "YearlySummary",
    "action_sheet",
    "action_sheets",
    "actions_at",
    "afom",
    "agreement",
    "amendment_log",
    "check",
    "cleaning_summary",
    "collections_summary",
    "compare_editions",
    "compare_with_census",
    "contract_difference",
    "contract_tree",
    "cross",
    "decisions",
    "evaluated_years",
    "gaps",
    "grid",
    "group_of",
    "hanlon",
    "health_context",
    "incomplete_votes",
    "is_stale",
    "justification",
    "leave_one_voter_out",
    "list_folders",
    "load",
    "load_comments",
    "load_or_blank",
    "measures",
    "missing_steps",
    "named_folder",
    "nonresponse",
    "one_weight_at_a_time",
    "open_answers",
    "participation_dir",
    "places_of",
    "poststratify",
    "progress_by_axis",
    "progress_over_years",
    "rake",
    "random_weights",
    "rank_range",
    "resources_summary",
    "state_at",
    "statements_summary",
    "tally",
    "transversal_axes",
    "triangle",
    "values_hash",
    "voter_scores",
    "write_templates",
    "yearly_actions",
    "yearly_summary",
]
