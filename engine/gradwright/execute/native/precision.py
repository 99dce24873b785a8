"""The two floating formats: their layout, bounds, and the minimax coefficients that suit each.

The coefficients are those of least greatest relative error on the stated interval, found by Remez's
exchange in 45 digits; that error stands beside each.
"""

from __future__ import annotations

from dataclasses import dataclass

from llvmlite import ir

from gradwright.execute.native.lanes import element

Coefficients = tuple[float, ...]


@dataclass(frozen=True)
class Precision:
    """What the functions need to know of a floating format.

    Attributes:
        digits: Bits of the fraction field.
        bias: What the exponent field adds to the exponent.
        shifter: 1.5 * 2**digits: a sum with it leaves the nearest whole number in the low bits.
        root_half: The bits of sqrt(1/2).
        ln2: The logarithm of 2 as two summands, the nearest number and the rest.
        least: The least positive normal number.
        floor: Below it exp is under the least normal number.
        ceiling: Above it exp is infinite.
        beyond: A bound past which expm1 is infinite, with a power of two still in range.
        vanishing: A negative bound at which 1 + exp rounds to 1.
        certain: A bound beyond which erf rounds to 1.
        exp: (e**r - 1 - r) / r**2 for abs(r) at most log(2) / 2.
        log: For 1 + f from sqrt(1/2) to sqrt(2): of ``float`` (log(1 + f) - f + f**2 / 2) / f**3 in f; of
            ``double`` (log(1 + f) / s - 2) / s**2 in s**2, where s = f / (2 + f).
        log1p: log(1 + z) / z in z - 1/2, for z from 0 to 1.
        erf: erf(x) / x in x**2, for x up to 1.
        log_erfc: log(erfc(x)) in x - 2, for x from 1 to ``certain``, the error weighted by erfc(x).
    """

    digits: int
    bias: int
    shifter: float
    root_half: int
    ln2: tuple[float, float]
    least: float
    floor: float
    ceiling: float
    beyond: float
    vanishing: float
    certain: float
    exp: Coefficients
    log: Coefficients
    log1p: Coefficients
    erf: Coefficients
    log_erfc: Coefficients


SINGLE = Precision(
    digits=23,
    bias=127,
    shifter=1.5 * 2.0**23,
    root_half=0x3F3504F3,
    ln2=(0.693147182464599609375, -1.904654299957768e-09),
    least=2.0**-126,
    floor=-87.33654022216797,
    ceiling=88.72283172607422,
    beyond=89.0,
    vanishing=-20.0,
    certain=4.0,
    exp=(  # 2**-26.0
        0.5000000057093882,
        0.16666546127344317,
        0.04166629264649309,
        0.00836629939269675,
        0.0013945913630523245,
    ),
    log=(  # 2**-27.0
        0.3333331852191595,
        -0.25000690113955193,
        0.20002199637171048,
        -0.1662819640267152,
        0.14183903193159444,
        -0.1309856969253146,
        0.12856956525248694,
        -0.07908276419950386,
    ),
    log1p=(  # 2**-27.7
        0.8109302200051488,
        -0.2885271104971162,
        0.13260900390791558,
        -0.0676876984451443,
        0.036635473008014674,
        -0.02057029983054317,
        0.0115761497017305,
        -0.006749889400868514,
        0.005253352040102325,
        -0.0032440638356873402,
    ),
    erf=(  # 2**-29.6
        1.1283791657267719,
        -0.37612625824513624,
        0.11283585151297028,
        -0.026853812022363505,
        0.005188327812363196,
        -0.0008010194471275714,
        7.853863444538794e-05,
    ),
    log_erfc=(  # 2**-29.9
        -5.3649410542087335,
        -4.4181593562712695,
        -0.923753066443157,
        -0.01648726984942727,
        0.003543673740310658,
        -0.0007127378645430829,
        0.00018556644904618372,
    ),
)

DOUBLE = Precision(
    digits=52,
    bias=1023,
    shifter=1.5 * 2.0**52,
    root_half=0x3FE6A09E667F3BCD,
    ln2=(0.6931471805599453, 2.3190468138462996e-17),
    least=2.0**-1022,
    floor=-708.3964185322641,
    ceiling=709.782712893384,
    beyond=710.0,
    vanishing=-40.0,
    certain=6.0,
    exp=(  # 2**-55.4
        0.5000000000000004,
        0.16666666666666682,
        0.041666666666584876,
        0.00833333333331596,
        0.0013888888929480515,
        0.00019841269900359017,
        2.480150734112152e-05,
        2.7557230110262397e-06,
        2.7625338669999645e-07,
        2.511385394295846e-08,
    ),
    log=(  # 2**-57.9
        0.6666666666666686,
        0.39999999999699853,
        0.2857142868482664,
        0.22222204025219242,
        0.18183299710776651,
        0.1532042782664103,
        0.14735443423310224,
    ),
    log1p=(  # 2**-56.6
        0.8109302162163288,
        -0.2885270990993239,
        0.1326097537542029,
        -0.06768864331096612,
        0.036611854523158134,
        -0.020548811918991945,
        0.01183379210965271,
        -0.006945394979124225,
        0.004136179122013073,
        -0.002491841122777436,
        0.0015153828207070746,
        -0.0009288581637712195,
        0.0005730654335486868,
        -0.00035481594599708803,
        0.00022107426324037194,
        -0.0001421166762109266,
        8.973318032142075e-05,
        -4.4795061163895326e-05,
        2.7523474979125046e-05,
        -3.8390541547519024e-05,
        2.5042657669039428e-05,
    ),
    erf=(  # 2**-56.9
        1.1283791670955126,
        -0.3761263890318352,
        0.11283791670944186,
        -0.026866170643111663,
        0.005223977606119818,
        -0.0008548325929370462,
        0.00012055293578380604,
        -1.492471232732954e-05,
        1.6447131849875753e-06,
        -1.620631565751703e-07,
        1.3710987680520173e-08,
        -7.779480476862034e-10,
    ),
    log_erfc=(  # 2**-57.1
        -5.364941264616636,
        -4.418160805994413,
        -0.9237508418239426,
        -0.016465118137390756,
        0.0035707563478096136,
        -0.0007323993779886793,
        0.00013530933082145813,
        -2.07064704862815e-05,
        1.9521868234927147e-06,
        2.0372696213279947e-07,
        -1.7317165606172557e-07,
        5.769642706182437e-08,
        -1.3990027371578417e-08,
        2.609485890436338e-09,
        -2.5685795913080103e-10,
        -7.153297076597742e-11,
        3.6616446213236605e-11,
        -4.864073269252117e-12,
    ),
)

PRECISIONS = {"float": SINGLE, "double": DOUBLE}


def precision(x: ir.Value) -> Precision:
    """The format of a value's lanes."""
    return PRECISIONS[str(element(x.type))]
