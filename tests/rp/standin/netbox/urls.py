"""NetBox's paths, as far as signing in needs them."""

from django.urls import include, path

from netbox import views

urlpatterns = [
    path("", views.home),
    path("dcim/sites/", views.home),
    path("login/", views.login),
    path("logout/", views.logout),
    path("oauth/", include("social_django.urls", namespace="social")),
]
