"""The REST API below ``/restapi/v1.0``: the company, its people and their telephones, and all routes."""

from __future__ import annotations

from ..company.listings import Json
from ..company.people import ADMINISTRATOR, Person
from ..limits import Group
from . import call_log, message_store
from .programs import JsonHandler
from .rest import ACCOUNT, EXTENSION, ResourceHandler, Target

# The values that the public OpenAPI knows; here everybody is an enabled User.
_EXTENSION_TYPES = (
    "User",
    "Department",
    "Announcement",
    "Voicemail",
    "DigitalUser",
    "VirtualUser",
    "FaxUser",
    "PagingOnly",
    "SharedLinesGroup",
    "DelegatedLinesGroup",
    "GroupCallPickup",
    "IvrMenu",
    "ApplicationExtension",
    "ProxyAdmin",
    "RoomConnector",
    "ParkLocation",
    "Limited",
    "Bot",
    "Site",
    "Room",
    "FlexibleUser",
    "TieLine",
    "Unknown",
)
_EXTENSION_STATUSES = ("Enabled", "Disabled", "Frozen", "NotActivated", "Unassigned")
_NUMBER_STATUSES = ("Normal", "Pending", "PortedIn", "Temporary", "Unknown")
_NUMBER_USAGES = (
    "MainCompanyNumber",
    "AdditionalCompanyNumber",
    "CompanyNumber",
    "DirectNumber",
    "CompanyFaxNumber",
    "FmcBusinessMobileNumber",
    "InventoryFmcBusinessMobileNumber",
    "ForwardedNumber",
    "ForwardedCompanyNumber",
    "ContactCenterNumber",
    "ConferencingNumber",
    "MeetingsNumber",
    "NumberPool",
    "BusinessMobileNumber",
    "ELIN",
    "PartnerBusinessMobileNumber",
    "NumberPoolPartnerBusinessMobileNumber",
    "NumberStorage",
    "IntegrationNumber",
    "InventoryMobileNumber",
)
_DEVICE_TYPES = ("HardPhone", "SoftPhone", "OtherPhone", "WebRTC", "Room")
_LINE_POOLING = ("Host", "Guest", "None")


class VersionsHandler(JsonHandler):
    """``/restapi``: public, so that a client can see whether the server is there."""

    def get(self) -> None:
        self.send_json(200, self.site.resources.versions())


class VersionHandler(JsonHandler):
    """``/restapi/v1.0``: this version of the API, public too."""

    def get(self) -> None:
        self.send_json(200, self.site.resources.version())


class AccountHandler(ResourceHandler):
    """``/account/~``."""

    def resource(self, target: Target) -> Json:
        """The company's account."""
        return self.site.resources.account(ADMINISTRATOR)


class ExtensionListHandler(ResourceHandler):
    """``/account/~/extension``."""

    group: Group = "medium"

    def resource(self, target: Target) -> Json:
        """Everyone in the company, or those whom the filters leave."""
        query = self.parameters()
        page = query.page()
        types = query.choices("type", _EXTENSION_TYPES)
        statuses = query.choices("status", _EXTENSION_STATUSES)
        number, email = query.text("extensionNumber"), query.text("email")

        def wanted(person: Person) -> bool:
            return number in (None, person.extension_number) and email in (None, person.email)

        people = self.backend.company.colleagues(target.caller) if "User" in types and "Enabled" in statuses else ()
        return self.site.resources.extensions(list(filter(wanted, people)), page, query.used)


class ExtensionHandler(ResourceHandler):
    """``/account/~/extension/~``."""

    def resource(self, target: Target) -> Json:
        """One person's extension."""
        return self.site.resources.extension(target.person or target.caller)


class PhoneNumberHandler(ResourceHandler):
    """``/account/~/extension/~/phone-number``."""

    user_permission = "ReadUserPhoneNumbers"

    def resource(self, target: Target) -> Json:
        """The numbers of one person."""
        query = self.parameters()
        page = query.page()
        wanted = query.choices("usageType", _NUMBER_USAGES)
        status = query.choice("status", _NUMBER_STATUSES)
        usages = [usage for usage in ("DirectNumber", "MainCompanyNumber") if usage in wanted]
        if status not in (None, "Normal"):
            usages = []
        return self.site.resources.phone_numbers(target.person or target.caller, usages, page, query.used)


class DeviceHandler(ResourceHandler):
    """``/account/~/extension/~/device``."""

    user_permission = "ReadUserDevices"

    def resource(self, target: Target) -> Json:
        """The telephones of one person: one on the desk, one in the computer."""
        query = self.parameters()
        page = query.page()
        wanted = query.choices("type", _DEVICE_TYPES)
        pooling = query.choice("linePooling", _LINE_POOLING)
        types = [kind for kind, pool in (("HardPhone", "Host"), ("SoftPhone", "None")) if pooling in (None, pool)]
        return self.site.resources.devices(
            target.person or target.caller,
            [kind for kind in types if kind in wanted],
            page,
            query.used,
            self.backend.clock(),
        )


class PresenceHandler(ResourceHandler):
    """``/account/~/extension/~/presence``: everyone in the company may see who is there."""

    permission = "ReadPresence"

    def resource(self, target: Target) -> Json:
        """Who is available, busy or gone."""
        detailed = self.parameters().flag("detailedTelephonyState")
        return self.site.resources.presence(target.person or target.caller, self.backend.clock(), detailed=detailed)


ROUTES = [
    ("/restapi", VersionsHandler),
    (r"/restapi/v1\.0", VersionHandler),
    (ACCOUNT, AccountHandler),
    (ACCOUNT + "/extension", ExtensionListHandler),
    (EXTENSION, ExtensionHandler),
    (EXTENSION + "/phone-number", PhoneNumberHandler),
    (EXTENSION + "/device", DeviceHandler),
    (EXTENSION + "/presence", PresenceHandler),
    *call_log.ROUTES,
    *message_store.ROUTES,
]
