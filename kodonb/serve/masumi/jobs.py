"""Records of MIP-003: what its routes take and return."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec
from pydantic import AliasChoices, BaseModel, ConfigDict, Field

_NAMES: Final = {
    "blockchain_identifier": "blockchainIdentifier",
    "pay_by_time": "payByTime",
    "submit_result_time": "submitResultTime",
    "unlock_time": "unlockTime",
    "external_dispute_unlock_time": "externalDisputeUnlockTime",
    "agent_identifier": "agentIdentifier",
    "seller_vkey": "sellerVKey",
    "identifier_from_purchaser": "identifierFromPurchaser",
}


class Availability(msgspec.Struct, frozen=True):
    """Whether jobs can be started."""

    status: Literal["available", "unavailable"]
    type: Literal["masumi-agent"] = "masumi-agent"
    message: str = ""


class Order(BaseModel):
    """A job that is to be started."""

    model_config = ConfigDict(title="StartJob")

    identifier_from_purchaser: str = Field(
        validation_alias=AliasChoices("identifier_from_purchaser", "identifierFromPurchaser"), max_length=1000
    )
    input_data: dict[str, Any] = Field(
        default={}, validation_alias=AliasChoices("input_data", "inputData"), description="Values by field."
    )


class Job(msgspec.Struct, frozen=True, kw_only=True, rename=_NAMES):
    """A job that was started."""

    id: str
    status: Literal["success"] = "success"
    job_id: str
    blockchain_identifier: str
    pay_by_time: int = 0
    submit_result_time: int = 0
    unlock_time: int = 0
    external_dispute_unlock_time: int = 0
    agent_identifier: str = ""
    seller_vkey: str = ""
    identifier_from_purchaser: str
    input_hash: str


class JobStatus(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a job stands."""

    id: str
    job_id: str
    status: Literal["awaiting_input", "running", "completed", "failed"]
    input_schema: dict[str, Any] | None = None
    result: str | None = None


class Provided(BaseModel):
    """Input for a job that awaits it."""

    model_config = ConfigDict(title="ProvideInput")

    job_id: str
    status_id: str = Field(default="", description="The id of the status that asked for it.")
    input_schema_hash: str = Field(
        default="", description="SHA-256 of the canonical JSON of the schema that asked for it."
    )
    input_data: dict[str, Any] | None = Field(default=None, description="Values by field.")
    input_groups: dict[str, dict[str, Any]] | None = Field(
        default=None, description="Values by field, for each group."
    )


class Taken(msgspec.Struct, frozen=True):
    """Input that a job has taken."""

    input_hash: str
    status: Literal["success"] = "success"
    signature: str = ""
