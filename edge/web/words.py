"""Every stable code, in words: what happened, and what a person does next.

Lives here: one table per family of codes (`verify.reasons.Reason`, `edge.tap.admit.AdmitReason`,
`edge.tap.fault.Fault`, `edge.log.fault.LogFault`, `edge.stick.StickFault`,
`edge.procedure.pairing.PairingFault`, `edge.access_point.AccessPointFault`) and of errors. The text
is the Vietnamese source (TERMS); English comes from the gettext catalogue at the moment of
showing. Not here: states and kinds (`labels`), any decision.

`mark` only marks a text for extraction; whoever shows it calls gettext.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edge.access_point import AccessPointFault
from edge.log.fault import LogFault
from edge.procedure.pairing_fault import PairingFault
from edge.stick import StickFault
from edge.tap.admit import AdmitReason
from edge.tap.fault import Fault
from verify.reasons import Reason


def mark(text: str) -> str:
    """Return the text as it is; the extractor collects it for the catalogue."""
    return text


@dataclass(frozen=True, slots=True)
class Words:
    """What happened (`says`) and what to do (`next_step`): sentences in source language."""

    says: str
    next_step: str


_HAND = mark("Trả lại thẻ; ghi tay nếu đúng là đảng viên của chi bộ.")
_REPORT = mark("Nghi thẻ giả: giữ bình tĩnh, trả lại thẻ, báo cáo cấp uỷ.")
_AGAIN = mark("Mời đặt lại thẻ và giữ yên; vẫn thế thì ghi tay.")
_LISTS = mark(
    "Nhận ra người thì ghi có mặt, không có nút thì ghi tay; nối mạng để nhận danh sách mới."
)
_TOO_OLD = mark("Ghi tay; nối mạng để nhận danh sách mới, rồi đặt lại thẻ.")

_BEGIN_AGAIN = mark("Mở lại Ghép trang nghiệp vụ ở trạm rồi làm từ đầu.")

_REASONS: Mapping[str, Words] = {
    Reason.SOD_MISSING: Words(mark("Thẻ không có phần chữ ký."), _REPORT),
    Reason.SOD_MALFORMED: Words(mark("Phần chữ ký trong thẻ bị hỏng."), _HAND),
    Reason.SOD_SIGNATURE_INVALID: Words(mark("Chữ ký không hợp lệ."), _REPORT),
    Reason.ALGORITHM_NOT_ALLOWED: Words(
        mark("Thẻ ký bằng thuật toán không còn được phép."),
        mark("Trả lại thẻ, ghi tay, báo cấp uỷ xin đổi thẻ."),
    ),
    Reason.ALGORITHM_UNSUPPORTED: Words(
        mark("Trạm chưa hiểu thuật toán ký của thẻ này."),
        mark("Ghi tay; nhờ kỹ thuật viên cập nhật phần mềm của trạm."),
    ),
    Reason.SIGNER_NOT_TRUSTED: Words(mark("Nơi ký thẻ không có trong danh sách tin cậy."), _REPORT),
    Reason.ANCHOR_NOT_FOR_PROFILE: Words(
        mark("Nơi ký này không được phép ký loại thẻ này."), _REPORT
    ),
    Reason.CHAIN_INVALID: Words(mark("Chứng thư số của nơi ký thẻ không hợp lệ."), _REPORT),
    Reason.SIGNER_EXPIRED: Words(
        mark("Chứng thư số của nơi ký thẻ đã hết hạn."),
        mark("Trả lại thẻ, ghi tay, báo cấp uỷ xin đổi thẻ."),
    ),
    Reason.SIGNER_NOT_FOR_DOCUMENTS: Words(
        mark("Chứng thư số ký thẻ này không dùng để ký thẻ."), _REPORT
    ),
    Reason.CLOCK_BEHIND: Words(
        mark("Giờ của trạm chậm hơn ngày ký thẻ."),
        mark("So giờ trạm với đồng hồ, nhờ kỹ thuật viên chỉnh, rồi đặt lại thẻ."),
    ),
    Reason.SIGNER_REVOKED: Words(mark("Chứng thư số của nơi ký thẻ đã bị thu hồi."), _REPORT),
    Reason.SIGNER_STATUS_UNKNOWN: Words(
        mark("Chưa có danh sách thu hồi của nơi ký thẻ."),
        mark("Ghi tay; nối mạng để nhận danh sách, rồi đặt lại thẻ."),
    ),
    Reason.SIGNER_STATUS_STALE: Words(mark("Danh sách thu hồi của nơi ký thẻ quá hạn."), _LISTS),
    Reason.SIGNER_STATUS_TOO_OLD: Words(
        mark("Danh sách thu hồi của nơi ký thẻ quá cũ, không còn dùng được."), _TOO_OLD
    ),
    Reason.FILE_HASH_MISMATCH: Words(mark("Dữ liệu trong thẻ đã bị sửa sau khi ký."), _REPORT),
    Reason.FILE_NOT_LISTED: Words(mark("Thẻ có dữ liệu mà nơi ký không ký."), _REPORT),
    Reason.FILE_MISSING: Words(mark("Thẻ không đưa ra dữ liệu đã được ký."), _HAND),
    Reason.FILE_MALFORMED: Words(mark("Dữ liệu trong thẻ không đúng mẫu."), _HAND),
    Reason.PROFILE_MISMATCH: Words(mark("Dữ liệu không khớp với loại thẻ."), _HAND),
    Reason.CHIP_AUTH_FAILED: Words(mark("Chip không chứng minh được mình là thẻ thật."), _REPORT),
    Reason.CHIP_AUTH_WITHHELD: Words(mark("Chip giấu phần chứng minh thẻ thật."), _REPORT),
    Reason.CHIP_AUTH_UNSUPPORTED: Words(
        mark("Trạm chưa hiểu cách chip này chứng minh thẻ thật."),
        mark("Ghi tay; nhờ kỹ thuật viên cập nhật phần mềm của trạm."),
    ),
    Reason.CHIP_AUTH_ABSENT: Words(mark("Chip không có phần chứng minh thẻ thật."), _REPORT),
    Reason.CARDACCESS_MISMATCH: Words(
        mark("Thông số mở thẻ khác với thông số đã được ký."), _REPORT
    ),
    Reason.CARDACCESS_UNBOUND: Words(mark("Không có gì để đối chiếu thông số mở thẻ."), _HAND),
    Reason.CARD_EXPIRED: Words(
        mark("Thẻ hết hạn."),
        mark("Trả lại thẻ, ghi tay, nhắc làm thủ tục đổi thẻ."),
    ),
    Reason.CARD_NOT_YET_VALID: Words(
        mark("Thẻ chưa đến ngày có hiệu lực."),
        mark("So giờ trạm với đồng hồ; đúng giờ mà vẫn thế thì ghi tay."),
    ),
    Reason.CARD_DATES_MISSING: Words(mark("Thẻ không ghi hạn dùng."), _HAND),
    Reason.NUMBER_MISMATCH: Words(mark("Số thẻ ở các nơi trong thẻ không giống nhau."), _REPORT),
    Reason.CARD_REPORTED_LOST: Words(
        mark("Thẻ báo mất."),
        mark("Trả lại thẻ nếu đúng chủ, ghi tay, báo cấp uỷ đã tìm thấy thẻ."),
    ),
    Reason.CARD_REISSUED: Words(
        mark("Thẻ đã được cấp lại: đây là thẻ cũ."),
        mark("Mời dùng thẻ mới; thẻ cũ nộp lại cấp uỷ."),
    ),
    Reason.CARD_WITHDRAWN: Words(
        mark("Thẻ bị thu hồi."), mark("Không điểm danh bằng thẻ này; báo cáo cấp uỷ.")
    ),
    Reason.CARD_HOLDER_DECEASED: Words(
        mark("Thẻ của đảng viên đã từ trần."),
        mark("Hỏi người mang thẻ, trả lại gia đình, báo cáo cấp uỷ."),
    ),
    Reason.CARD_COUNTERFEIT: Words(mark("Thẻ có trong danh sách thẻ giả."), _REPORT),
    Reason.CARD_REVOKED: Words(
        mark("Thẻ không còn hiệu lực."),
        mark("Trả lại thẻ, ghi tay, báo cấp uỷ."),
    ),
    Reason.CARD_STATUS_UNKNOWN: Words(
        mark("Chưa có danh sách thẻ thu hồi."),
        mark("Ghi tay; nối mạng để nhận danh sách, rồi đặt lại thẻ."),
    ),
    Reason.CARD_STATUS_STALE: Words(mark("Danh sách thu hồi quá hạn."), _LISTS),
    Reason.CARD_STATUS_TOO_OLD: Words(
        mark("Danh sách thu hồi quá cũ, không còn dùng được."), _TOO_OLD
    ),
    Reason.LATE_FILE_MISMATCH: Words(
        mark("Ảnh trong thẻ đã bị sửa sau khi ký. Lượt có mặt đã được rút lại."), _REPORT
    ),
    AdmitReason.NOT_ON_ROSTER: Words(
        mark("Không thuộc chi bộ này."),
        mark("Thẻ hợp lệ. Hỏi có phải khách mời không, rồi ghi tay."),
    ),
    AdmitReason.PROFILE_NOT_EXPECTED: Words(
        mark("Thẻ thật nhưng không phải thẻ đảng viên."),
        mark("Trả lại thẻ; mời dùng thẻ đảng viên, hoặc ghi tay."),
    ),
    AdmitReason.IDENTIFIED_FOR_HAND_ENTRY: Words(
        mark("Căn cước cho biết là ai, chưa tính có mặt."),
        mark("Ghi tay người này."),
    ),
    AdmitReason.SUSPENDED: Words(
        mark("Không điểm danh được lượt này."),
        mark("Xem danh sách chi bộ và trao đổi riêng với chi uỷ; không nói trước cuộc họp."),
    ),
    AdmitReason.TEST_CARD: Words(
        mark("Thẻ thử: trạm đọc và kiểm được."),
        mark("Không ghi, không tính. Cất thẻ thử rồi mời người đến đặt thẻ."),
    ),
    AdmitReason.NO_MEETING: Words(
        mark("Chưa mở cuộc họp."), mark("Mở cuộc họp ở bàn thư ký, rồi mời đặt lại thẻ.")
    ),
    Fault.PCSC_ABSENT: Words(
        mark("Dịch vụ đầu đọc thẻ chưa chạy."),
        mark("Đợi một phút; vẫn thế thì khởi động lại trạm, hoặc gọi kỹ thuật viên."),
    ),
    Fault.READER_ABSENT: Words(
        mark("Đầu đọc chưa nối."),
        mark("Cắm lại dây đầu đọc; trong lúc chờ, ghi tay người đến."),
    ),
    Fault.CARD_REMOVED: Words(mark("Thẻ được lấy ra trước khi đọc xong."), _AGAIN),
    Fault.CARD_STALLED: Words(mark("Thẻ trả lời quá chậm nên trạm đã dừng đọc."), _AGAIN),
    Fault.CARD_GARBLED: Words(mark("Không đọc được thẻ: thẻ trả lời sai."), _AGAIN),
    Fault.NOT_OUR_CARD: Words(
        mark("Đây không phải thẻ mà trạm biết đọc."),
        mark("Trả lại thẻ; mời dùng thẻ đảng viên, hoặc ghi tay."),
    ),
    Fault.PASSWORD_NEEDED: Words(
        mark("Thẻ này chờ sáu số in trên thẻ."),
        mark("Bấm sáu số in trên thẻ, hoặc quét mã trên thẻ."),
    ),
    Fault.PASSWORD_WRONG: Words(
        mark("Tên hoặc số vừa chọn không mở được thẻ này."),
        mark("Nhấc thẻ ra, chọn lại, rồi đặt lại thẻ."),
    ),
    Fault.PASSWORD_TRIES_LOW: Words(
        mark("Thẻ sắp hết số lần thử nên trạm không thử nữa."),
        mark("Trả lại thẻ, ghi tay; thử lại một lần có thể khoá thẻ."),
    ),
    Fault.PHOTO_UNREADABLE: Words(
        mark("Không xem được ảnh trong thẻ; lượt điểm danh vẫn được tính."),
        mark("So người với ảnh in trên thẻ."),
    ),
    Fault.NO_TRUST: Words(
        mark("Trạm chưa có danh sách tin cậy."),
        mark("Nhờ kỹ thuật viên nhập danh sách tin cậy; ghi tay."),
    ),
    Fault.TRUST_LIST_DAMAGED: Words(
        mark("Danh sách tin cậy trong trạm không dùng được nữa."),
        mark("Nhờ kỹ thuật viên nhập lại danh sách tin cậy; ghi tay."),
    ),
    Fault.POLICY_DAMAGED: Words(
        mark("Chính sách thuật toán trong trạm không dùng được nữa."),
        mark("Nhờ kỹ thuật viên nhập lại chính sách; ghi tay."),
    ),
    Fault.MASTER_LIST_DAMAGED: Words(
        mark("Danh sách cơ quan cấp hộ chiếu trong trạm không dùng được nữa."),
        mark("Thẻ đảng viên vẫn kiểm được; nhờ kỹ thuật viên nhập lại danh sách đó."),
    ),
    Fault.ROOT_KEY_MISSING: Words(
        mark("Trạm mất khoá gốc nên không kiểm được danh sách tin cậy."),
        mark("Ghi tên ra giấy; gọi kỹ thuật viên cấp phép lại trạm."),
    ),
    Fault.LISTS_DAMAGED: Words(
        mark("Danh sách thu hồi trong trạm bị hỏng."),
        mark("Nối mạng để nhận lại, hoặc nhờ nhập lại; trong lúc chờ, ghi tay."),
    ),
    Fault.LISTS_SET_ASIDE: Words(
        mark("Có danh sách thu hồi mà trạm không còn tin nơi ký."),
        mark("Nhờ kỹ thuật viên nhập danh sách mới của nơi ký được tin; trong lúc chờ, ghi tay."),
    ),
    Fault.NO_ROSTER: Words(
        mark("Trạm chưa có danh sách chi bộ."),
        mark("Xin danh sách từ cấp uỷ, nhờ kỹ thuật viên nạp, rồi mở cuộc họp."),
    ),
    Fault.ROSTER_DAMAGED: Words(
        mark("Danh sách chi bộ trong trạm không mở được."),
        mark("Ghi tên ra giấy; nhờ kỹ thuật viên nạp lại danh sách chi bộ."),
    ),
    AccessPointFault.ABSENT: Words(
        mark("Wi-Fi của trạm không có địa chỉ đã khai, nên điện thoại chưa làm bàn được."),
        mark("Gọi kỹ thuật viên sửa access_point; trong lúc chờ, làm ở màn hình của trạm."),
    ),
    AccessPointFault.NOT_WIRELESS: Words(
        mark("Địa chỉ dành cho điện thoại lại là của dây mạng, nên trạm không mở ở đó."),
        mark("Gọi kỹ thuật viên sửa access_point; máy khác vào qua https."),
    ),
    AccessPointFault.JOINED: Words(
        mark("Trạm đang vào Wi-Fi của người khác, nên không mở cho điện thoại ở đó."),
        mark("Gọi kỹ thuật viên đặt trạm tự phát Wi-Fi; máy khác vào qua https."),
    ),
    AccessPointFault.HELPER_ABSENT: Words(
        mark("Trạm chưa được cài để tự phát Wi-Fi, nên điện thoại chưa làm bàn được."),
        mark("Gọi kỹ thuật viên cài điểm phát; trong lúc chờ, làm ở màn hình của trạm."),
    ),
    AccessPointFault.NOT_STARTED: Words(
        mark("Trạm không bật được Wi-Fi WPA3, nên điện thoại chưa làm bàn được."),
        mark("Cắm lại bộ phát Wi-Fi rồi thử lại; vẫn thế thì gọi kỹ thuật viên."),
    ),
    AccessPointFault.NAMED_OTHERWISE: Words(
        mark("Wi-Fi của trạm mang tên khác với tên đã khai, nên mã QR không dùng được."),
        mark("Gọi kỹ thuật viên cài lại điểm phát sau khi đổi access_point_name."),
    ),
    AccessPointFault.CLOSED: Words(
        mark("Trạm không mở được trang cho điện thoại."),
        mark("Thử lại; vẫn thế thì khởi động lại trạm."),
    ),
    AccessPointFault.LOST: Words(
        mark("Wi-Fi của trạm vừa tắt, nên điện thoại không còn làm bàn được."),
        mark("Cắm lại bộ phát Wi-Fi rồi bật lại ở mục Điện thoại; điện thoại quét mã mới."),
    ),
    Fault.INBOX_NUMBER_REUSED: Words(
        mark("Trung tâm gửi hai nội dung khác nhau dưới cùng một số."),
        mark("Trạm giữ nội dung đến trước; báo cấp uỷ cấp trên kiểm tra."),
    ),
    Fault.SUPPORT_BUNDLE_ASKED: Words(
        mark("Trung tâm xin gói hỗ trợ kỹ thuật; trạm đã gửi."),
        mark("Không phải làm gì: gói không có tên người."),
    ),
    AdmitReason.NOT_COMMITTEE: Words(
        mark("Thẻ này không phải thẻ cấp uỷ nên không mở được bàn."),
        mark("Đặt thẻ cấp uỷ, hoặc nhập PIN."),
    ),
    AdmitReason.SEVERAL_DESKS: Words(
        mark("Hai màn hình cùng chờ thẻ nên chưa bàn nào mở."),
        mark("Đóng bớt một, chờ nửa phút rồi đặt lại thẻ."),
    ),
    AdmitReason.QUESTION_OVER: Words(
        mark("Yêu cầu này vừa bị huỷ nên trạm không ghi gì."),
        mark("Mời lấy thẻ ra."),
    ),
    Fault.INTERNAL: Words(
        mark("Trạm gặp lỗi của chính mình khi đọc thẻ này; không phải lỗi của thẻ."), _AGAIN
    ),
    LogFault.DISK_FULL: Words(
        mark("Ổ đĩa đầy nên chưa ghi được."),
        mark("Ghi tên ra giấy; gọi kỹ thuật viên dọn ổ đĩa, trạm tự ghi tiếp."),
    ),
    LogFault.READ_ONLY: Words(
        mark("Ổ đĩa chỉ đọc nên chưa ghi được."),
        mark("Ghi tên ra giấy; tắt trạm đúng cách rồi bật lại, vẫn thế thì thay thẻ nhớ."),
    ),
    LogFault.DISK_FAILING: Words(
        mark("Ổ đĩa không cho đọc hoặc ghi nhật ký."),
        mark("Ghi tên ra giấy; đừng xoá gì, gọi kỹ thuật viên cứu nhật ký và thay thẻ nhớ."),
    ),
    LogFault.CHAIN_BROKEN: Words(
        mark("Nhật ký của trạm không còn liền."),
        mark("Ghi tên ra giấy; đừng xoá gì, gọi kỹ thuật viên kiểm nhật ký."),
    ),
    LogFault.KEY_MISSING: Words(
        mark("Trạm mất khoá của nhật ký."),
        mark("Ghi tên ra giấy; gọi kỹ thuật viên cấp phép lại trạm."),
    ),
    LogFault.NEWER_PROGRAM: Words(
        mark("Nhật ký do phần mềm mới hơn ghi."),
        mark("Ghi tên ra giấy; gọi kỹ thuật viên cài lại bản phần mềm mới hơn."),
    ),
    LogFault.OTHER_TERMINAL: Words(
        mark("Nhật ký trong máy là của trạm khác."),
        mark("Ghi tên ra giấy; gọi kỹ thuật viên đặt lại thư mục dữ liệu của trạm."),
    ),
    LogFault.NOT_DURABLE: Words(
        mark("Nhật ký nằm trên vùng nhớ tạm: mất điện là mất hết."),
        mark("Ghi tên ra giấy; gọi kỹ thuật viên đặt thư mục dữ liệu lên thẻ nhớ hoặc ổ đĩa."),
    ),
    LogFault.IN_USE: Words(
        mark("Một chương trình khác đang ghi nhật ký này."),
        mark("Ghi tên ra giấy; khởi động lại trạm, vẫn thế thì gọi kỹ thuật viên."),
    ),
    LogFault.CLOSED: Words(
        mark("Dịch vụ của trạm đang dừng nên không ghi nữa."),
        mark("Ghi tên ra giấy; khởi động lại trạm."),
    ),
    LogFault.WIPED: Words(
        mark("Cơ quan đã xoá khoá của trạm này."),
        mark("Trạm không ghi gì nữa: ghi tên ra giấy, đưa trạm về cơ quan."),
    ),
    StickFault.FULL: Words(
        mark("USB đầy; phần đã chép vẫn nguyên vẹn."),
        mark("Xoá bớt tệp khác trên USB hoặc dùng USB khác, rồi chép lại."),
    ),
    StickFault.READ_ONLY: Words(
        mark("USB không cho ghi."),
        mark("Gạt khoá ghi trên USB hoặc dùng USB khác, rồi làm lại."),
    ),
    StickFault.GONE: Words(
        mark("USB đã bị rút hoặc đang lỗi; không mất bản ghi nào."),
        mark("Cắm lại USB rồi bấm lại; trạm làm tiếp phần còn dở."),
    ),
    StickFault.BUSY: Words(
        mark("USB đang được dùng cho việc khác."),
        mark("Chờ việc đang chạy xong rồi bấm lại."),
    ),
    StickFault.FOREIGN: Words(
        mark("Trên USB có thứ lạ nằm đúng chỗ để tệp của trạm."),
        mark("Đổi tên thư mục tramthe trên USB hoặc dùng USB khác, rồi làm lại."),
    ),
    PairingFault.OFFER_CLOSED: Words(mark("Trạm không mở lượt ghép nào lúc này."), _BEGIN_AGAIN),
    PairingFault.OFFER_WRONG: Words(
        mark("Mã ghép hoặc PIN ghép không đúng."),
        mark("Gõ lại cả hai đúng như màn hình của trạm; sai ba lần thì trạm đóng lượt ghép."),
    ),
    PairingFault.OFFER_CHANGED: Words(mark("Trang vừa hỏi ghép không còn chờ nữa."), _BEGIN_AGAIN),
    PairingFault.ORIGIN_UNFIT: Words(
        mark("Trang này không có địa chỉ để ghép."),
        mark("Mở trang từ máy chủ của nó; tệp mở thẳng trong máy thì không ghép được."),
    ),
    PairingFault.ORIGIN_NOT_SECURE: Words(
        mark("Trang này đến từ máy khác mà không qua https."),
        mark("Mở trang bằng địa chỉ https rồi ghép lại."),
    ),
    PairingFault.NAME_UNFIT: Words(
        mark("Tên của trang không hiện được."),
        mark("Đặt tên từ 1 đến 60 chữ nhìn thấy được."),
    ),
    PairingFault.PAIRINGS_FULL: Words(
        mark("Trạm đã ghép đủ 16 trang."), mark("Gỡ một trang không còn dùng rồi ghép.")
    ),
    PairingFault.PAIRINGS_DAMAGED: Words(
        mark("Tệp ghi các trang đã ghép không mở được, nên chưa trang nào được hỏi."),
        mark("Ở trạm mở Ghép trang nghiệp vụ, lập lại danh sách, rồi ghép lại từng trang."),
    ),
    PairingFault.PAIRINGS_NOT_KEPT: Words(
        mark("Ổ đĩa không ghi được nên việc ghép chưa đổi gì."),
        mark("Gọi kỹ thuật viên xem ổ đĩa, rồi làm lại."),
    ),
}

_UNKNOWN = Words(
    mark("Trạm chưa nhận thẻ này vì một lý do chưa có tên."),
    mark("Ghi tay và báo kỹ thuật viên mã ghi bên cạnh."),
)

_ERRORS: Mapping[str, Words] = {
    "MeetingState": Words(
        mark("Việc này không hợp với cuộc họp lúc này."),
        mark("Về bàn thư ký xem cuộc họp đang mở hay đã kết thúc, rồi làm lại."),
    ),
    "RecordingLocked": Words(
        mark("Trạm chưa ghi được nhật ký nên việc này chưa được ghi."),
        mark("Ghi ra giấy; mở Trạng thái xem vì sao và cách sửa."),
    ),
    "KeyDestroyed": Words(
        mark("Trạm không còn giữ tên trong cuộc họp này."),
        mark("Dùng biên bản đã xuất; cần thêm thì hỏi cấp uỷ cấp trên, trung tâm mở được."),
    ),
    "LogDamaged": _REASONS[LogFault.CHAIN_BROKEN],
    "LogCopied": Words(
        mark("Trung tâm có bản ghi khác với nhật ký của trạm: nhật ký này đã bị sao chép."),
        mark("Không mất gì, trạm vẫn ghi tiếp. Báo kỹ thuật viên."),
    ),
    "ConfigInvalid": Words(
        mark("Trạm chưa được cấp phép đủ để làm việc này."),
        mark("Gọi kỹ thuật viên cấp phép hoặc nhập danh sách tin cậy cho trạm."),
    ),
    "PeopleDamaged": Words(
        mark("Tệp PIN trong trạm không mở được."),
        mark("Gọi kỹ thuật viên đặt lại PIN ở máy của trạm."),
    ),
    "PeopleNotKept": Words(
        mark("Ổ đĩa không ghi được nên trạm chưa nhận PIN."),
        mark("Mở bàn bằng thẻ cấp uỷ; gọi kỹ thuật viên xem ổ đĩa."),
    ),
    "RosterInvalid": Words(
        mark("Danh sách chi bộ không dùng được."),
        mark("Xin lại danh sách từ cấp uỷ cấp trên."),
    ),
    "HandoverRefused": Words(
        mark("Việc này không hợp với đợt phát thẻ lúc này."),
        mark("Mở lại trang Phát thẻ, xem người đó đang ở bước nào."),
    ),
    "SheetInvalid": Words(
        mark("Biên bản này không dùng được: nội dung không đúng mẫu."),
        mark("Lấy lại biên bản từ trạm đã ký; vẫn thế thì gọi kỹ thuật viên."),
    ),
}
_ERROR = Words(
    mark("Việc vừa rồi chưa làm được."),
    mark("Thử lại một lần; vẫn thế thì mở Trạng thái và gọi kỹ thuật viên."),
)


def of_reason(code: str) -> Words:
    """Return the words for a Reason, AdmitReason or Fault; a general pair for any other code."""
    return _REASONS.get(code, _UNKNOWN)


def knows_reason(code: str) -> bool:
    """Whether the code has its own words."""
    return code in _REASONS


def of_error(error: Exception) -> Words:
    """Return the words for an error of `edge.errors`, by its kind; never its own message."""
    return _ERRORS.get(type(error).__name__, _ERROR)
