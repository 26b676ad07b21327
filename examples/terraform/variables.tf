variable "org" {
  type    = string
  default = "acme"
}

variable "repo" {
  type    = string
  default = "app"
}

variable "branches" {
  type    = list(string)
  default = ["main", "release"]
}
