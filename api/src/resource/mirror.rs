//! Enums of the API that have the same members as those below it, so that a new member fails to compile here
//! instead of being shown as something else.

macro_rules! mirrored {
    ($(#[$doc:meta])* $name:ident as $rename:literal of $from:path: $($(#[$variant_doc:meta])* $variant:ident),+ $(,)?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
        #[oai(rename = $rename, rename_all = "snake_case")]
        pub(crate) enum $name {
            $($(#[$variant_doc])* $variant),+
        }

        impl From<$from> for $name {
            fn from(value: $from) -> Self {
                use $from as Other;
                match value {
                    $(Other::$variant => Self::$variant),+
                }
            }
        }

        impl From<$name> for $from {
            fn from(value: $name) -> Self {
                match value {
                    $($name::$variant => Self::$variant),+
                }
            }
        }
    };
}

pub(crate) use mirrored;
