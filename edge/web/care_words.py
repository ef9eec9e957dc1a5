"""What a diagnosis says, in Vietnamese: names of checks, what was measured.

Lives here: one text for each sentence of `edge.care`, which speaks English at the command line. The
text is the source (TERMS); English comes from the gettext catalogue. Not here: what to do about
each trouble (`care_advice`), any rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from edge.care.check import Check, State
from edge.care.said import Part, Said, parts
from edge.web.care_advice import ADVICE
from edge.web.words import mark

STATES: Mapping[State, str] = {
    State.OK: mark("tốt"),
    State.ATTENTION: mark("nên làm"),
    State.FAULT: mark("phải sửa"),
    State.UNKNOWN: mark("chưa rõ"),
}

NAMES: Mapping[str, str] = {
    "configuration": mark("Cấu hình"),
    "service": mark("Chương trình trạm"),
    "recording": mark("Ghi nhật ký"),
    "pcscd": mark("Dịch vụ đầu đọc (pcscd)"),
    "reader": mark("Đầu đọc thẻ"),
    "card": mark("Thẻ thử"),
    "scanner": mark("Máy quét mã"),
    "lamp": mark("Đèn báo"),
    "buzzer": mark("Còi"),
    "button": mark("Nút trạng thái"),
    "screen": mark("Màn hình"),
    "state folder": mark("Thư mục dữ liệu"),
    "clock": mark("Giờ của trạm"),
    "battery clock": mark("Đồng hồ pin"),
    "certificate": mark("Chứng thư số của trạm"),
    "lists": mark("Các danh sách"),
    "trust list": mark("Danh sách tin cậy"),
    "list certificate": mark("Danh sách thu hồi chứng thư số nơi ký"),
    "list card-status": mark("Danh sách thẻ thu hồi"),
    "log": mark("Chuỗi nhật ký"),
    "queue": mark("Bản ghi chưa gửi"),
    "centre": mark("Trung tâm"),
    "counter door": mark("Cửa cho máy ở quầy"),
    "access point": mark("Wi-Fi của trạm cho điện thoại"),
    "disk": mark("Loại ổ đĩa"),
    "space": mark("Chỗ trống trên ổ"),
    "write": mark("Ghi thử xuống ổ"),
    "update": mark("Bản cập nhật"),
    "memory": mark("Bộ nhớ"),
    "swap": mark("Bộ nhớ tràn ra ổ"),
    "temperature": mark("Nhiệt độ"),
    "power": mark("Nguồn điện"),
    "network": mark("Mạng"),
    "versions": mark("Phiên bản"),
    "package": mark("Gói cài đặt"),
}

FIGURES: Mapping[str, str] = {
    "%(count)s events": mark("%(count)s bản ghi"),
    "%(count)s faults": mark("%(count)s lỗi"),
    "%(count)s remarks": mark("%(count)s lưu ý"),
    "%(days)s days old": mark("%(days)s ngày tuổi"),
    "%(free)s available of %(total)s": mark("còn dùng được %(free)s trên %(total)s"),
    "%(free)s free of %(total)s": mark("còn trống %(free)s trên %(total)s"),
    "%(place)s may not be opened": mark("không có quyền mở %(place)s"),
    "%(size)s on a disk": mark("%(size)s nằm trên ổ đĩa"),
    "%(time)s ms to the disk": mark("%(time)s ms để xuống ổ"),
    "%(usb)s on USB": mark("%(usb)s ở cổng USB"),
    "%(usb)s on USB, not taken by pcscd": mark("%(usb)s ở cổng USB, pcscd không nhận"),
    "%(version)s waits": mark("bản %(version)s chờ cài"),
    "1 event": mark("1 bản ghi"),
    "1 fault": mark("1 lỗi"),
    "1 remark": mark("1 lưu ý"),
    "accepted": mark("được nhận"),
    "another number is needed": mark("cần số khác"),
    "answers": mark("có trả lời"),
    "answers in %(time)s ms": mark("trả lời sau %(time)s ms"),
    "asked for in vain since %(day)s": mark("xin chưa được từ %(day)s"),
    "checked in %(time)s s": mark("kiểm trong %(time)s giây"),
    "does not answer": mark("không trả lời"),
    "held": mark("giữ từ lần kiểm trước"),
    "its certificate does not hold here": mark("chứng thư của trung tâm không được trạm nhận"),
    "its name is not found": mark("không tìm thấy tên trung tâm"),
    "lost with the power": mark("mất khi mất điện"),
    "never too low since the start": mark("chưa lần nào yếu từ lúc bật"),
    "no answer": mark("không có trả lời"),
    "no answer in time": mark("không trả lời kịp"),
    "no answer by TLS": mark("không trả lời qua TLS"),
    "no events": mark("chưa có bản ghi"),
    "no faults": mark("không có lỗi"),
    "no interface is up": mark("không có đường mạng nào nối"),
    "no longer fresh": mark("không còn mới"),
    "no radio": mark("không có bộ phát Wi-Fi"),
    "no remarks": mark("không có lưu ý"),
    "no way there": mark("không có đường mạng tới nơi"),
    "no way out": mark("không ra được mạng ngoài"),
    "no address is configured": mark("cấu hình không có địa chỉ"),
    "not configured": mark("chưa cấu hình"),
    "not tried": mark("chưa thử"),
    "nothing listens there": mark("nơi ấy không nhận kết nối"),
    "nothing puts it up": mark("không có chương trình bật mạng"),
    "nothing to judge it by": mark("chưa có gì để xét thẻ"),
    "none": mark("không có"),
    "none is configured": mark("không lắp theo cấu hình"),
    "none is configured; records go by stick": mark("không đặt trung tâm; bản ghi đi bằng USB"),
    "none is needed": mark("trạm này không cần mạng"),
    "none on %(sockets)s": mark("chưa cắm vào %(sockets)s"),
    "none on a disk": mark("không tràn ra ổ"),
    "none waits": mark("không có bản nào chờ"),
    "none yet": mark("chưa có"),
    "not acknowledged": mark("trung tâm chưa báo nhận"),
    "not of a package": mark("không cài từ gói"),
    "not used at the start": mark("không dùng khi khởi động"),
    "not wholly installed": mark("cài chưa trọn"),
    "nothing waits": mark("không còn gì chờ gửi"),
    "number %(number)s": mark("số %(number)s"),
    "of an unknown kind": mark("chưa rõ loại"),
    "open": mark("đang ghi được"),
    "pyscard is not installed": mark("chưa cài pyscard"),
    "read in %(time)s s": mark("đọc trong %(time)s giây"),
    "read-only": mark("chỉ đọc được"),
    "rejected": mark("bị từ chối"),
    "room for few more files": mark("sắp hết chỗ cho tệp mới"),
    "set by hand": mark("đặt tay"),
    "synchronised": mark("đã kiểm qua mạng"),
    "terminal.toml says %(name)s": mark("terminal.toml ghi %(name)s"),
    "the board does not tell": mark("bo mạch không báo"),
    "the first since %(day)s": mark("bản đầu chờ từ %(day)s"),
    "the machine does not tell": mark("máy không báo"),
    "the next one is not asked for yet": mark("chưa xin chứng thư mới"),
    "the office has to approve key %(key)s, since %(day)s": mark(
        "chờ cơ quan duyệt khoá %(key)s, từ %(day)s"
    ),
    "the system's clock is behind": mark("đồng hồ máy chạy chậm"),
    "there is no %(place)s": mark("không thấy %(place)s"),
    "undecided": mark("chưa đủ căn cứ"),
    "unknown, but not earlier": mark("chưa rõ, nhưng không sớm hơn"),
    "until %(day)s": mark("đến %(day)s"),
    "version %(running)s runs": mark("đang chạy bản %(running)s"),
    "voltage too low now": mark("điện đang yếu"),
    "voltage was too low since the start": mark("điện đã có lúc yếu từ khi bật"),
    "whole up to event %(count)s": mark("liền đến bản ghi %(count)s"),
    "wiped by the office's order": mark("cơ quan đã cho xoá khoá"),
}

Translate = Callable[[str], str]
"""gettext where a page is shown; for paper, which is in Vietnamese, what returns its argument."""


def name(check: Check, translate: Translate) -> str:
    """Return what was looked at."""
    found = NAMES.get(check.name)
    return check.name if found is None else translate(found)


def figure(check: Check, translate: Translate) -> str:
    """Return what was measured; a foreign error's own words stay as they are."""
    return ", ".join(_part(part, translate) for part in parts(check.said))


def advice(check: Check, translate: Translate) -> str:
    """Return what to do, empty where all is well."""
    return "" if check.trouble is None else translate(ADVICE[check.trouble])


def _part(part: Part, translate: Translate) -> str:
    if not isinstance(part, Said):
        return part
    return translate(FIGURES[part.pattern]) % part.values
