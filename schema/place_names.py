"""The names of places by their GB/T 2260 code, as people at a checkpoint call them.

Provinces all; prefectures of the provinces that the shipped policies name, and those around them;
counties of Zhenjiang, and the others in which the sandbox's people live. A code that is not here is
shown as digits: another list would have to be kept up to date by somebody.
"""

from collections.abc import Mapping
from types import MappingProxyType

from tongxing.schema.place import COUNTRY
from tongxing.schema.values import Text

_PROVINCES = """
11 北京市 Beijing|12 天津市 Tianjin|13 河北省 Hebei|14 山西省 Shanxi|15 内蒙古自治区 Inner Mongolia
21 辽宁省 Liaoning|22 吉林省 Jilin|23 黑龙江省 Heilongjiang
31 上海市 Shanghai|32 江苏省 Jiangsu|33 浙江省 Zhejiang|34 安徽省 Anhui|35 福建省 Fujian
36 江西省 Jiangxi|37 山东省 Shandong
41 河南省 Henan|42 湖北省 Hubei|43 湖南省 Hunan|44 广东省 Guangdong|45 广西壮族自治区 Guangxi
46 海南省 Hainan
50 重庆市 Chongqing|51 四川省 Sichuan|52 贵州省 Guizhou|53 云南省 Yunnan|54 西藏自治区 Tibet
61 陕西省 Shaanxi|62 甘肃省 Gansu|63 青海省 Qinghai|64 宁夏回族自治区 Ningxia
65 新疆维吾尔自治区 Xinjiang
71 台湾省 Taiwan|81 香港特别行政区 Hong Kong|82 澳门特别行政区 Macao
"""

_PREFECTURES = """
3201 南京市 Nanjing|3202 无锡市 Wuxi|3203 徐州市 Xuzhou|3204 常州市 Changzhou
3205 苏州市 Suzhou (Jiangsu)|3206 南通市 Nantong|3207 连云港市 Lianyungang|3208 淮安市 Huai'an
3209 盐城市 Yancheng|3210 扬州市 Yangzhou|3211 镇江市 Zhenjiang|3212 泰州市 Taizhou (Jiangsu)
3213 宿迁市 Suqian
3301 杭州市 Hangzhou|3302 宁波市 Ningbo|3303 温州市 Wenzhou|3304 嘉兴市 Jiaxing|3305 湖州市 Huzhou
3306 绍兴市 Shaoxing|3307 金华市 Jinhua|3308 衢州市 Quzhou|3309 舟山市 Zhoushan
3310 台州市 Taizhou (Zhejiang)|3311 丽水市 Lishui
3401 合肥市 Hefei|3402 芜湖市 Wuhu|3403 蚌埠市 Bengbu|3404 淮南市 Huainan|3405 马鞍山市 Ma'anshan
3406 淮北市 Huaibei|3407 铜陵市 Tongling|3408 安庆市 Anqing|3410 黄山市 Huangshan
3411 滁州市 Chuzhou|3412 阜阳市 Fuyang|3413 宿州市 Suzhou (Anhui)|3415 六安市 Lu'an
3416 亳州市 Bozhou|3417 池州市 Chizhou|3418 宣城市 Xuancheng
3701 济南市 Jinan|3702 青岛市 Qingdao|3703 淄博市 Zibo|3704 枣庄市 Zaozhuang|3705 东营市 Dongying
3706 烟台市 Yantai|3707 潍坊市 Weifang|3708 济宁市 Jining|3709 泰安市 Tai'an|3710 威海市 Weihai
3711 日照市 Rizhao|3713 临沂市 Linyi|3714 德州市 Dezhou|3715 聊城市 Liaocheng|3716 滨州市 Binzhou
3717 菏泽市 Heze
4115 信阳市 Xinyang
4201 武汉市 Wuhan|4202 黄石市 Huangshi|4203 十堰市 Shiyan|4205 宜昌市 Yichang|4206 襄阳市 Xiangyang
4207 鄂州市 Ezhou|4208 荆门市 Jingmen|4209 孝感市 Xiaogan|4210 荆州市 Jingzhou|4211 黄冈市 Huanggang
4212 咸宁市 Xianning|4213 随州市 Suizhou|4228 恩施州 Enshi
"""

_COUNTIES = """
310100 上海市 Shanghai|310101 上海市黄浦区 Huangpu, Shanghai|320102 南京市玄武区 Xuanwu, Nanjing
320205 无锡市锡山区 Xishan, Wuxi|320311 徐州市泉山区 Quanshan, Xuzhou
320402 常州市天宁区 Tianning, Changzhou|320508 苏州市姑苏区 Gusu, Suzhou (Jiangsu)
321003 扬州市邗江区 Hanjiang, Yangzhou
321102 镇江市京口区 Jingkou, Zhenjiang|321111 镇江市润州区 Runzhou, Zhenjiang
321112 镇江市丹徒区 Dantu, Zhenjiang|321181 镇江市丹阳市 Danyang, Zhenjiang
321182 镇江市扬中市 Yangzhong, Zhenjiang|321183 镇江市句容市 Jurong, Zhenjiang
330102 杭州市上城区 Shangcheng, Hangzhou|340102 合肥市瑶海区 Yaohai, Hefei
420102 武汉市江岸区 Jiang'an, Wuhan
"""

_DIGITS = 6


def _read(*tables: str) -> Mapping[str, Text]:
    rows = (row for table in tables for row in table.replace("\n", "|").split("|") if row)
    parts = (row.split(" ", 2) for row in rows)
    return {code.ljust(_DIGITS, "0"): Text(zh=zh, en=en) for code, zh, en in parts}


PLACE_NAMES: Mapping[str, Text] = MappingProxyType(
    {
        COUNTRY: Text(zh="全国", en="the whole country"),
        **_read(_PROVINCES, _PREFECTURES, _COUNTIES),
    }
)


def place_name(place: str) -> Text:
    """The name of ``place``; the digits if it is not known here."""
    return PLACE_NAMES.get(place, Text(zh=place, en=place))


def name_and_code(place: str) -> str:
    """``镇江市 Zhenjiang 321100``: for operators, who also type the digits."""
    name = PLACE_NAMES.get(place)
    return place if name is None else f"{name.zh} {name.en} {place}"
