"""Names of roles, of the acts that ask a PIN, and what is wrong with a new one.

Lives here: Vietnamese source texts, shown through gettext. Not here: what they may do
(`edge.people.roles`).
"""

from __future__ import annotations

from collections.abc import Mapping

from edge.people.pin import PinFault
from edge.people.roles import Act, Role
from edge.web.words import mark

ROLES: Mapping[str, str] = {
    Role.SECRETARY: mark("Thư ký"),
    Role.OFFICER: mark("Cán bộ"),
    Role.TECHNICIAN: mark("Kỹ thuật viên"),
}

ROLE_DOORS: Mapping[str, str] = {
    Role.SECRETARY: mark("Mở bàn thư ký"),
    Role.OFFICER: mark("Mở phần cán bộ"),
    Role.TECHNICIAN: mark("Mở phần kỹ thuật"),
}

ACTS: Mapping[str, str] = {
    Act.CLOSE: mark("Kết thúc và ký"),
    Act.SUPPLEMENT: mark("Bổ sung sau khi kết thúc"),
    Act.EXPORT: mark("Xuất báo cáo"),
    Act.JOIN_DOOR: mark("Nối thêm cửa"),
    Act.PAIR: mark("Ghép trang nghiệp vụ"),
    Act.IMPORT_ROSTER: mark("Nạp danh sách chi bộ"),
    Act.SET_TIME: mark("Đặt giờ của trạm"),
    Act.CHANGE_PIN: mark("Đổi PIN"),
    Act.PEOPLE: mark("Đặt PIN cho người khác"),
    Act.PROVISION: mark("Cấp phép trạm"),
    Act.UPDATE: mark("Cập nhật phần mềm"),
    Act.WIPE: mark("Xoá trạm"),
}
"""Those that ask the PIN on top of an open desk."""

PIN_FAULTS: Mapping[str, str] = {
    PinFault.DIGITS: mark("PIN chỉ gồm chữ số."),
    PinFault.LENGTH: mark("PIN phải có từ 6 đến 12 số."),
    PinFault.SIMPLE: mark("PIN này dễ đoán: quá ít số khác nhau, hoặc là dãy liền."),
}
