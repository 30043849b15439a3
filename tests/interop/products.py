"""The small schema that Apollo's compatibility suite asks for, by its reference products.graphql.

Its fields are Strawberry's, as the hub's are; what is tried is the hub's own road of a request.
"""

from typing import Any

import strawberry
from strawberry.federation import Schema
from strawberry.federation.schema_directive import schema_directive
from strawberry.schema_directive import Location

EMAIL = "support@apollographql.com"


@schema_directive(
    locations=[Location.OBJECT],
    name="custom",
    compose=True,
    import_url="https://myspecs.dev/myCustomDirective/v1.0",
)
class Custom:
    pass


@strawberry.federation.type(extend=True, keys=["email"])
class User:
    email: strawberry.ID = strawberry.federation.field(external=True)
    name: str | None = strawberry.federation.field(override="users", default="Jane Smith")
    total_products_created: int | None = strawberry.federation.field(external=True, default=1_337)
    years_of_employment: int = strawberry.federation.field(external=True, default=10)

    @strawberry.federation.field(requires=["totalProductsCreated yearsOfEmployment"])  # type: ignore[untyped-decorator]
    def average_products_created_per_year(self) -> int | None:
        return round((self.total_products_created or 0) / self.years_of_employment)

    @classmethod
    def resolve_reference(cls, **given: Any) -> "User | None":
        if given["email"] != EMAIL:
            return None
        years = given.get("yearsOfEmployment", 10)
        return User(email=strawberry.ID(EMAIL), years_of_employment=years)


@strawberry.federation.type(shareable=True)
class ProductDimension:
    size: str | None = "small"
    weight: float | None = 1.0
    unit: str | None = strawberry.federation.field(inaccessible=True, default="kg")


@strawberry.type
class ProductVariation:
    id: strawberry.ID


@strawberry.type
class CaseStudy:
    case_number: strawberry.ID
    description: str | None


@strawberry.federation.type(keys=["study { caseNumber }"])
class ProductResearch:
    study: CaseStudy
    outcome: str | None = None

    @classmethod
    def resolve_reference(cls, study: dict[str, str]) -> "ProductResearch | None":
        return RESEARCH.get(study["caseNumber"])


@strawberry.federation.type(keys=["sku package"])
class DeprecatedProduct:
    sku: str
    package: str
    reason: str | None
    created_by: User | None

    @classmethod
    def resolve_reference(cls, sku: str, package: str) -> "DeprecatedProduct | None":
        return DEPRECATED if (sku, package) == (DEPRECATED.sku, DEPRECATED.package) else None


@strawberry.federation.type(
    keys=["id", "sku package", "sku variation { id }"], directives=[Custom()]
)
class Product:
    id: strawberry.ID
    sku: str | None
    package: str | None
    variation: ProductVariation | None
    dimensions: ProductDimension | None
    created_by: User | None = strawberry.federation.field(provides=["totalProductsCreated"])
    notes: str | None = strawberry.federation.field(tags=["internal"])
    research: list[ProductResearch]

    @classmethod
    def resolve_reference(cls, **given: Any) -> "Product | None":
        return next((each for each in PRODUCTS if each.is_named_by(given)), None)

    def is_named_by(self, given: dict[str, Any]) -> bool:
        variation = None if self.variation is None else {"id": self.variation.id}
        own = {"id": self.id, "sku": self.sku, "package": self.package, "variation": variation}
        return all(own[name] == value for name, value in given.items())


@strawberry.federation.interface_object(keys=["id"])
class Inventory:
    id: strawberry.ID

    @strawberry.field
    def deprecated_products(self) -> list[DeprecatedProduct]:
        return [DEPRECATED]

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> "Inventory":  # noqa: A002 - the key's name
        return cls(id=id)


RESEARCH = {
    "1234": ProductResearch(
        study=CaseStudy(case_number=strawberry.ID("1234"), description="Federation Study")
    ),
    "1235": ProductResearch(
        study=CaseStudy(case_number=strawberry.ID("1235"), description="Studio Study")
    ),
}
USER = User(email=strawberry.ID(EMAIL))
DEPRECATED = DeprecatedProduct(
    sku="apollo-federation-v1",
    package="@apollo/federation-v1",
    reason="Migrate to Federation V2",
    created_by=USER,
)
PRODUCTS = [
    Product(
        id=strawberry.ID(f"apollo-{sku}"),
        sku=sku,
        package=package,
        variation=ProductVariation(id=strawberry.ID(variation)),
        dimensions=ProductDimension(),
        created_by=USER,
        notes=None,
        research=[RESEARCH[study]],
    )
    for sku, package, variation, study in (
        ("federation", "@apollo/federation", "OSS", "1234"),
        ("studio", "", "platform", "1235"),
    )
]


@strawberry.federation.type(extend=True)
class Query:
    @strawberry.field
    def product(self, id: strawberry.ID) -> Product | None:  # noqa: A002 - the reference's name
        return Product.resolve_reference(id=id)

    @strawberry.field(deprecation_reason="Use product query instead")  # type: ignore[untyped-decorator]
    def deprecated_product(self, sku: str, package: str) -> DeprecatedProduct | None:
        return DeprecatedProduct.resolve_reference(sku, package)


SCHEMA = Schema(Query, types=[Inventory], federation_version="2.3")
