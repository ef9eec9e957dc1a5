"""The chip against the worked examples of Doc 9303-11: it answers byte for byte as printed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

import pytest

from provisioning.softcard import arithmetic, groups
from provisioning.softcard.chip import Chip
from provisioning.softcard.image import CardImage, ChipAuth, ChipAuthKey, PaceOffer
from provisioning.softcard.pace import Pace
from provisioning.softcard.protocols import Agreement, PaceMapping, PaceProtocol
from provisioning.softcard.suite import Suite
from reader import curves

MakeImage = Callable[..., CardImage]

BRAINPOOL = 13
EXTRA = 8  # bytes that the chip draws beyond the group's order


def _draws(*values: bytes | tuple[int, int]) -> Callable[[int], bytes]:
    """Return randomness that gives octets, and (number, order) as the chip draws numbers."""
    rest = iter(values)

    def rng(size: int) -> bytes:
        value = next(rest)
        if isinstance(value, tuple):
            number, order = value
            assert size == (order.bit_length() + 7) // 8 + EXTRA
            return (number % order - 1).to_bytes(size, "big")
        assert size == len(value)
        return value

    return rng


def _order(parameter_id: int) -> int:
    group = groups.by_parameter_id(parameter_id)
    assert group is not None
    return group.order


def _number(text: str) -> int:
    return int(text.replace(" ", ""), 16)


def _octets(text: str) -> bytes:
    return bytes.fromhex(text)


G2_NONCE = _octets("FA5B7E3E49753A0DB9178B7B9BD898C8")
G2_MAPPING = _number("66DDAFEA C1609CB5 B963BB0C B3FF8B3E 047F336C")
G2_AGREEMENT = _number("A5B78012 6B7C980E 9FCEA1D4 539DA1D2 7C342DFA")
G2_EXCHANGES = (
    ("0022C1A40F800A04007F00070202040102830101", "9000"),
    ("10860000027C0000", "7C128010854D8DF5827FA6852D1A4FA701CDDDCA9000"),
    (
        (
            "10860000867C818381818023FB3749EA030D2A25B278D2A562047ADE3F01B74F17A15402CB7352CA7D2B3E"
            "B71C343DB13D1DEBCE9A3666DBCFC920B49174A602CB47965CAA73DC702489A44D41DB914DE9613DC5E98C"
            "94160551C0DF86274B9359BC0490D01B03AD54022DCB4F57FAD6322497D7A1E28D46710F461AFE710FBBBC"
            "5F8BA166F4311975EC6C00"
        ),
        (
            "7C818382818078879F57225AA8080D52ED0FC890A4B25336F699AA89A2D3A189654AF70729E623EA5738B2"
            "6381E4DA19E004706FACE7B235C2DBF2F38748312F3C98C2DD4882A41947B324AA1259AC22579DB93F7085"
            "655AF30889DBB845D9E6783FE42C9F2449400306254C8AE8EE9DD812A804C0B66E8CAFC14F84D8258950A9"
            "1B44126EE69000"
        ),
    ),
    (
        (
            "10860000867C8183838180907D89E2D425A178AA81AF4A7774EC8E388C115CAE67031E85EECE520BD91155"
            "1B9AE4D04369F29A02626C86FBC6747CC7BC352645B6161A2A42D44EDA80A08FA8D61B76D3A154AD8A5A51"
            "786B0BC07147057871A922212C5F67F43173172236B7747D1671E6D692A3C7D40A0C3C5CE397545D015C17"
            "5EB5130551EDBC2EE5D400"
        ),
        (
            "7C8183848180075693D9AE941877573E634B6E644F8E60AF17A0076B8B123D9201074D36152BD8B3A213F5"
            "3820C42ADC79AB5D0AEEC3AEFB91394DA476BD97B9B14D0A65C1FC71A0E019CB08AF55E1F729005FBA7E3F"
            "A5DC41899238A250767A6D46DB974064386CD456743585F8E5D90CC8B4004B1F6D866C79CE0584E49687FF"
            "61BC29AEA19000"
        ),
    ),
    # The print has a certification authority reference too, which chips like ours have not.
    ("008600000C7C0A8508B46DD9BD4D98381F00", "7C0A8608917F37B5C0E6D8D19000"),
)


def test_generic_mapping_modulo_a_prime(make_image: MakeImage) -> None:
    """Appendix G.2: PACE-DH-GM with AES-128 in the 1024-bit group."""
    protocol = PaceProtocol(Agreement.DH, PaceMapping.GENERIC, Suite.AES_128)
    order = _order(0)
    chip = Chip(
        make_image(pace=(PaceOffer(protocol, 0),)),
        _draws(G2_NONCE, (G2_MAPPING, order), (G2_AGREEMENT, order)),
    )
    for command, answer in G2_EXCHANGES:
        assert chip.transmit(_octets(command)).hex().upper() == answer


I_MRZ = "C11T002JM496081222310314"
I_NONCE = _octets("658B860BC94DF6F044FCE6D5C82CF8E5")
I_MAPPING = _number("9E56A6B5 9C95D06E CE5CD10F 983BB2F4 F1943528 E577F238 81D89D8C 3BBEE0AA")
I_AGREEMENT = _number("CD626EF3 C256E235 FE8912CA C28279E6 26008EDA 6B3A05C4 CF862A3B DAB79E78")
I_CHIP_DATA = _number("85DC3FA9 3D0952BF A82F5FD1 89EE75BD 82F11D1F 0B8ED4BF 5319AC9B 53C426B3")
I_PUBLIC = (
    "0418727094 94399E74 70A6431B E25E83EE E24FEA56 8C2ED28D B48E05DB 3A610DC8"
    "84D256A4 0E35EFCB 59BF6753 D3A489D2 8C7A4D97 3C2DA138 A6E7A4A0 8F68E16F"
)
I_EXCHANGES = (
    ("0022C1A40F800A04007F00070202040602830101", "9000"),
    ("10860000027C0000", "7C128010CB60E8E0D85B76A9BD304747C2AD42E29000"),
    (
        (
            "10860000457C438141047F1D410ADB7DDB3B84BF1030800981A9105D7457B4A3ADE002384F3086C67EDE1AB8"
            "89104A27DB6D842B019020FBF3CEACB0DC627F7BDCAC29969E19D0E553C100"
        ),
        (
            "7C43824104A234236AA9B9621E8EFB73B5245C0E09D2576E5277183C1208BDD55280CAE8B304F365713A356E"
            "65A451E165ECC9AC0AC46E3771342C8FE5AEDD092685338E239000"
        ),
    ),
    (
        (
            "10860000457C43834104446C934084D9DAB863944F219520076C29EE3F7AE6722B11FF319EC1C7728F955483"
            "400BFF60BF0C5929270009277DC2A515E12575010AD9BA916CF1BF86FEFC00"
        ),
        (
            "7C4384410402AD566F3C6EC7F9324509AD50A51FA52030782A4968FCFEDF737DAEA993333111C3B9B4C22877"
            "89BD137E7F8AA882E2A3C633CCD6ECC2C63C57AD401A09C2E19000"
        ),
    ),
    (
        "008600000C7C0A8508E86BD06018A1CD3B00",
        (
            "7C3C86088596CF055C67C1A38A301EEA964DAAE372AC990E3EFDE6333353BFC89A6704D93DA8798CF77F5B7A"
            "54BD10CBA372B42BE0B9B5F28AA8DE2F4F929000"
        ),
    ),
)


def test_chip_authentication_mapping(make_image: MakeImage) -> None:
    """Appendix I.1: the mapping key over the static one, encrypted in object 8A.

    The static private key is not printed; it follows from the printed quotient, and its public
    half is then the printed one.
    """
    order = _order(BRAINPOOL)
    static = I_MAPPING * pow(I_CHIP_DATA, -1, order) % order
    curve = curves.by_parameter_id(BRAINPOOL)
    assert curve is not None
    public = arithmetic.multiply(curve, static, arithmetic.base_point(curve))
    assert public is not None
    assert arithmetic.encode(curve, public) == _octets(I_PUBLIC)
    protocol = PaceProtocol(Agreement.ECDH, PaceMapping.CHIP_AUTHENTICATION, Suite.AES_128)
    image = make_image(
        pace=(PaceOffer(protocol, BRAINPOOL),),
        mrz_information=I_MRZ,
        chip_auth=ChipAuth((ChipAuthKey(BRAINPOOL, static.to_bytes(32, "big"), BRAINPOOL),)),
    )
    chip = Chip(image, _draws(I_NONCE, (I_MAPPING, order), (I_AGREEMENT, order)))
    for command, answer in I_EXCHANGES:
        assert chip.transmit(_octets(command)).hex().upper() == answer


H_KEY = _octets("591468CDA83D65219CCCB8560233600F")
H2_CHIP_SECRET = _number(
    "020F018C 7284B047 FA7721A3 37EFB7AC B1440BB3 0C5252BD 41C97C30 C994BB78"
    "E9F0C5B3 2744D840 17D21FFA 6878396A 6469CA28 3EF5C000 DAF7D261 A39AB886"
    "0ED4610A B5343390 897AAB5A 7787E4FA EFA0649C 6A94FDF8 2D991E8E 3FC332F5"
    "142729E7 040A3F7D 5A4D3CD7 5CBEE1F0 43C1CAD2 DD484FEB 4ED22B59 7D36688E"
)
H2_CHIP_PUBLIC = (
    "928D9A0F 9DBA450F 13FC859C 6F290D1D 36E42431 138A4378 500BEB4E 0401854C"
    "FF111F71 CB6DC1D0 335807A1 1388CC8E AA87B079 07AAD9FB A6B169AF 6D8C26AF"
    "8DDDC39A DC3AD2E3 FF882B84 D23E9768 E95A80E4 746FB07A 9767679F E92133B4"
    "D379935C 771BD7FB ED6C7BB4 B1708B27 5EA75679 524CDC9C 6A91370C C662A2F3"
)
H2_TERMINAL_PUBLIC = (
    "0F0CC629 45A80292 51FB7EF3 C094E12E C68E4EF0 7F27CB9D 9CD04C5C 4250FAE0"
    "E4F8A951 557E929A EB48E5C6 DD47F2F5 CD7C351A 9BD2CD72 2C07EDE1 66770F08"
    "FFCB3702 62CF308D D7B07F2E 0DA9CAAA 1492344C 85290691 9538C98A 4BA4187E"
    "76CE9D87 832386D3 19CE2E04 3C3343AE AE6EDBA1 A9894DC5 094D22F7 FE1351D5"
)


@pytest.mark.parametrize(
    ("parameter_id", "nonces", "secret", "publics", "tokens"),
    [
        (
            BRAINPOOL,
            (
                "2923BE84E16CD6AE529049F1F1BBE9EB",
                "143DC40C08C8E891FBED7DED B92B64AD",
                "5DD4CBFC96F5453B130D890A1CDBAE32",
            ),
            _number("107CF586 96EF6155 053340FD 633392BA 81909DF7 B9706F22 6F32086C 7AFF974A"),
            (
                (
                    "0489CBA2 3FFE96AA 18D82462 7C3E934E 54A9FD0B 87A95D14 71DC1C0A BFDCD640"
                    "D46755DE 9B7B7782 80B6BEBD 57439ADF EB0E21FD 4ED6DF42 578C1341 8A59B34C 37"
                ),
                (
                    "0467F78E 5F7F7686 082B293E 8D087E05 6916D0F7 4BC01A5F 8957D0DE 45691E51"
                    "E8932B69 A962B52A 0985AD2C 0A271EE6 A13A8ADD DCD1A3A9 94B9DED2 57F4D227 53"
                ),
            ),
            ("450F02B86F6A0909", "75D4D96E8D5B0308"),
        ),
        (
            0,
            (
                "FA5B7E3E49753A0DB9178B7B9BD898C8",
                "9ABB8864CA0FF1551E620D1EF4E13510",
                "B3A6DB3C870C3E99245E0D1C06B747DE",
            ),
            H2_CHIP_SECRET,
            (H2_TERMINAL_PUBLIC, H2_CHIP_PUBLIC),
            ("55D61977CBF5307E", "C2F04230187E1525"),
        ),
    ],
    ids=["curve", "modulo-a-prime"],
)
def test_integrated_mapping(
    parameter_id: int,
    nonces: tuple[str, str, str],
    secret: int,
    publics: tuple[str, str],
    tokens: tuple[str, str],
) -> None:
    """Appendices H.1 and H.2: from the printed password key to the printed tokens."""
    group = groups.by_parameter_id(parameter_id)
    assert group is not None
    protocol = PaceProtocol(groups.agreement(parameter_id), PaceMapping.INTEGRATED, Suite.AES_128)
    decrypted, encrypted, other = nonces
    terminal, chip = (_octets(public) for public in publics)
    run = Pace(protocol, group, H_KEY, _draws(_octets(decrypted), (secret, group.order)))
    size = f"81{len(chip):02X}" if len(chip) > 127 else f"{len(chip):02X}"
    total = f"81{len(chip) + 3:02X}" if len(chip) > 127 else f"{len(chip) + 2:02X}"
    assert run.step(_octets("7C00"), last=False) == _octets("7C128010" + encrypted)
    assert run.step(_octets("7C128110" + other), last=False) == _octets("7C028200")
    answer = run.step(_octets(f"7C{total}83{size}") + terminal, last=False)
    assert answer == _octets(f"7C{total}84{size}") + chip
    last = run.step(_octets("7C0A8508" + tokens[0]), last=True)
    assert last == _octets("7C0A8608" + tokens[1])


def test_basic_access_and_its_secure_messaging(
    make_image: MakeImage, transcript: Callable[[str], dict[str, Any]]
) -> None:
    """Appendix D.3 and D.4: from the challenge to the last byte of EF.COM, under 3DES."""
    recorded = transcript("icao-9303-11-appendix-d-bac")["apdus"]
    image = make_image(
        pace=(),
        bac=True,
        mrz_information="L898902C<369080619406236",
        app_files={0x011E: _octets("60145F0104303130365F36063034303030305C026175")},
    )
    chip = Chip(
        image,
        _draws(_octets("4608F91988702212"), _octets("0B4F80323EB3191CB04970CB4052790B")),
    )
    exchanges = chain(
        [("00A4040C07A0000002471001", "9000"), ("0084000008", recorded[0]["r"])],
        [(recorded[1]["c"], recorded[1]["r"])],
        [
            (
                "0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800",
                "990290008E08FA855A5D4C50A8ED9000",
            ),
            (
                "0CB000000D9701048E08ED6705417E96BA5500",
                "8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000",
            ),
            (
                "0CB000040D9701128E082EA28A70F3C7B53500",
                (
                    "871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A"
                    "990290008E08C8B2787EAEA07D749000"
                ),
            ),
        ],
    )
    for command, answer in exchanges:
        assert chip.transmit(_octets(command)).hex().upper() == answer.upper()
